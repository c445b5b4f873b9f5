"""Columns as statements write them."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import sql


def listed(names: Iterable[str], alias: str | None = None) -> sql.Composed:
    """Quoted names, with commas."""
    return sql.SQL(", ").join(sql.Identifier(alias, one) if alias else sql.Identifier(one) for one in names)


def matches(one: str, other: str, names: Iterable[str]) -> sql.Composed:
    """Whether two rows agree in these columns."""
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(one, name), sql.Identifier(other, name)) for name in names
    )
