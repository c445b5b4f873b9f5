"""Identifiers and texts quoted, each once: quoting is slow and a schema has few of them."""

from __future__ import annotations

from psycopg import sql

from haulback.gateway.rest.remembered import remembered
from haulback.gateway.schema.model import Name


def _until_nul(text: str) -> str:
    """PostgreSQL keeps nothing behind a NUL."""
    return text.partition("\0")[0]


@remembered
def quoted(name: str) -> str:
    return sql.Identifier(_until_nul(name)).as_string()


def qualified(name: Name) -> str:
    """`"schema"."name"`, without the schema where it is empty: an alias or a CTE."""
    return f"{quoted(name.schema)}.{quoted(name.name)}" if name.schema else quoted(name.name)


def column(of: Name, name: str) -> str:
    return f"{qualified(of)}.*" if name == "*" else f"{qualified(of)}.{quoted(name)}"


@remembered
def literal(text: str) -> str:
    return sql.Literal(_until_nul(text)).as_string().strip()
