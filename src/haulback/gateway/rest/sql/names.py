"""Names of tables and columns as SQL writes them."""

from __future__ import annotations

from haulback.gateway.quoting import quoted
from haulback.gateway.schema.model import Name


def qualified(name: Name) -> str:
    """`"schema"."name"`, without the schema where it is empty: an alias or a CTE."""
    return f"{quoted(name.schema)}.{quoted(name.name)}" if name.schema else quoted(name.name)


def column(of: Name, name: str) -> str:
    return f"{qualified(of)}.*" if name == "*" else f"{qualified(of)}.{quoted(name)}"
