"""How many columns a select makes, which PostgreSQL limits."""

from __future__ import annotations

from collections.abc import Sequence

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.plan.node import Node
from haulback.gateway.rest.query.tree import SelectField
from haulback.gateway.schema.model import Name, SchemaCache

_MOST = 1664


def refuse_too_wide(cache: SchemaCache, table: Name, fields: Sequence[SelectField], embeds: Sequence[Node]) -> None:
    """Raises Refusal 54011, as PostgreSQL would, but as an error of the request: each `*` takes all columns again."""
    found = _width(cache, table, [one.field.name for one in fields])
    for embed in embeds:
        spread = embed.link.spread if embed.link is not None else None
        if spread is None:
            found += 1
        else:
            found += len(spread.extra) + _width(cache, embed.table, [one.name for one in spread.columns])
    if found > _MOST:
        raise Refusal(400, "54011", f"target lists can have at most {_MOST} entries")


def _width(cache: SchemaCache, table: Name, names: Sequence[str]) -> int:
    stars = names.count("*")
    known = cache.tables.get(table) if stars else None
    return len(names) - stars + stars * (len(known.columns) if known is not None else 1)
