"""Identifiers and texts quoted, each once: quoting is slow and a schema has few of them."""

from __future__ import annotations

from psycopg import sql

from haulback.gateway.remembered import remembered


def _until_nul(text: str) -> str:
    """PostgreSQL keeps nothing behind a NUL."""
    return text.partition("\0")[0]


@remembered
def quoted(name: str) -> str:
    return sql.Identifier(_until_nul(name)).as_string()


@remembered
def literal(text: str) -> str:
    return sql.Literal(_until_nul(text)).as_string().strip()
