"""A planned read as SQL.

To-one embeds are rows of a lateral join, to-many ones arrays that a lateral join aggregates; what an embed is filtered
and sorted by stays inside of it.
"""

from __future__ import annotations

from haulback.gateway.quoting import quoted
from haulback.gateway.rest.plan.node import Column, Embedded, Link, Node, Selected, Spread, SpreadColumn
from haulback.gateway.rest.sql import names
from haulback.gateway.rest.sql.binder import Binder
from haulback.gateway.rest.sql.conditions import EmbeddedSql, condition_sql, embedded_in_join
from haulback.gateway.rest.sql.expressions import aggregated, order_by, selected
from haulback.gateway.rest.sql.grouping import group_by
from haulback.gateway.schema.model import Junction, Name, Relationship

_EVERYTHING = (Selected(Column("*")),)


def read_sql(node: Node, binder: Binder) -> str:
    """SELECT … of the node with everything below it."""
    of = node.qualifier
    # The parameters count up as the text reads: joins stand before the conditions.
    entries = _entries(node, of)
    joins = "".join([_join(embed, binder) for embed in node.embeds])
    return (
        f"SELECT {', '.join(entries)} FROM {_from(node)}{joins}{_where(node, of, binder, embedded_in_join)}"
        f"{group_by(node, of)}{order_by(of, node.order)}{_rows(node)}"
    )


def count_sql(node: Node, binder: Binder, *, at_most: int | None = None) -> str:
    """SELECT 1 for each row of the root that there is without limit and offset.

    What embeds demand of it is asked by EXISTS, so that none of them is read in full.
    """
    of = node.qualifier

    def exists(it: Embedded) -> str:
        embed = next(one for one in node.embeds if one.link and one.link.aggregate_alias == it.aggregate_alias)
        return f"{'' if it.has_rows else 'NOT '}EXISTS ({count_sql(embed, binder)})"

    inner = [
        f"EXISTS ({count_sql(embed, binder)})" for embed in node.embeds if embed.link is not None and embed.link.inner
    ]
    limit = "" if at_most is None else f" LIMIT {at_most}"
    return f"SELECT 1 FROM {_from(node)}{_where(node, of, binder, exists, inner)}{limit}"


def _entries(node: Node, of: Name) -> list[str]:
    select = node.select or (() if node.embeds else _EVERYTHING)
    entries = [selected(of, one) for one in select]
    if node.link is not None and node.link.spread is not None:
        entries += [selected(of, one) for one in node.link.spread.extra]
    for embed in node.embeds:
        entries += _of_embed(embed.link) if embed.link is not None else ()
    return entries


def _of_embed(link: Link) -> list[str]:
    """What the node above selects of an embed."""
    alias = quoted(link.aggregate_alias)
    cast = "::jsonb" if link.as_jsonb else ""
    if link.spread is not None:
        return [_spread_entry(link.aggregate_alias, one) for one in link.spread.columns]
    if link.is_empty:
        return []
    if link.relationship.to_one:
        return [f"row_to_json({alias}.*){cast} AS {quoted(link.name)}"]
    return [f"coalesce({alias}.{alias}, '[]') AS {quoted(link.name)}"]


def _spread_entry(aggregate_alias: str, one: SpreadColumn) -> str:
    text = aggregated(one.aggregate, one.aggregate_cast, names.column(Name("", aggregate_alias), one.name))
    return text if one.alias is None else f"{text} AS {quoted(one.alias)}"


def _join(node: Node, binder: Binder) -> str:
    link = node.link
    if link is None:  # the root hangs on nothing
        return ""
    alias = quoted(link.aggregate_alias)
    body = read_sql(node, binder)
    condition = "TRUE"
    if not link.relationship.to_one:
        body = f"SELECT {_aggregates(link, alias)} FROM ({body}) AS {alias}"
        condition = f"{alias} IS NOT NULL" if link.inner else condition
    return f" {'INNER' if link.inner else 'LEFT'} JOIN LATERAL ({body}) AS {alias} ON {condition}"


def _aggregates(link: Link, alias: str) -> str:
    cast = "::jsonb" if link.as_jsonb else ""
    whole = f"json_agg({alias}){cast} AS {alias}"
    if link.spread is None:
        return whole
    return ", ".join([whole, *[_array(link, link.spread, one, cast) for one in link.spread.columns]])


def _array(link: Link, spread: Spread, one: SpreadColumn, cast: str) -> str:
    of = Name("", link.aggregate_alias)
    text = f"coalesce(json_agg({names.column(of, one.name)}{order_by(of, spread.order)}), '[]'){cast}"
    return f"{text} AS {quoted(one.alias or one.name)}"


def _from(node: Node) -> str:
    relationship = node.link.relationship if node.link is not None else None
    alias = "" if node.alias is None else f" AS {quoted(node.alias)}"
    if relationship is not None and relationship.function is not None and node.link is not None:
        # Overloads are told apart by the type of the row, which a row of pgrst_source does not have.
        row = f"{quoted(node.link.above.name)}::{names.qualified(relationship.table)}"
        return f"{names.qualified(relationship.function)}({row}){alias}"
    junction = relationship.junction if relationship is not None else None
    return f"{names.qualified(node.source)}{alias}" + (f", {names.qualified(junction.table)}" if junction else "")


def _where(node: Node, of: Name, binder: Binder, embedded: EmbeddedSql, more: list[str] | None = None) -> str:
    conditions = condition_sql(node.conditions, of, binder, embedded)
    parts = [conditions] if conditions else []
    if node.link is not None:
        parts += _joined(node.link.relationship, of, node.link.above)
    parts += more or ()
    return f" WHERE {' AND '.join(parts)}" if parts else ""


def _joined(relationship: Relationship, of: Name, above: Name) -> list[str]:
    junction = relationship.junction
    if junction is not None:
        return _through(junction, of, above)
    return [f"{names.column(of, there)} = {names.column(above, here)}" for here, there in relationship.columns]


def _through(junction: Junction, of: Name, above: Name) -> list[str]:
    via = junction.table
    return [
        *[f"{names.column(via, there)} = {names.column(of, here)}" for here, there in junction.target_columns],
        *[f"{names.column(via, there)} = {names.column(above, here)}" for here, there in junction.source_columns],
    ]


def _rows(node: Node) -> str:
    """Literals: with a limit as a parameter PostgreSQL plans for a tenth of all rows."""
    limit = "" if node.limit is None else f" LIMIT {node.limit}"
    return f"{limit} OFFSET {node.offset}" if node.offset else limit
