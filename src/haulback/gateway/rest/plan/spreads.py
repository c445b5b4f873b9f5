"""Spreads: embeds whose columns become those of the node above.

An aggregate in a to-one spread is hoisted to the first node above that is none, since below it there is one row only;
its other columns are what that node groups by. A to-many spread makes an array of each column, sorted by what is
selected for that alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.plan.node import Column, Node, Selected, Sorting, Spread, SpreadColumn

# By (aggregate alias of the spread, name of its column), what is to be done above.
Hoisted = dict[tuple[str, str], Selected]


def _columns(node: Node) -> tuple[SpreadColumn, ...]:
    """What the node above selects of a spread, its own embeds and spreads as well."""
    found = [SpreadColumn(one.alias or one.column.name) for one in node.select]
    for embed in node.embeds:
        link = embed.link
        if link is None or link.is_empty:
            continue
        found += [SpreadColumn(link.name)] if link.spread is None else link.spread.columns
    return tuple(found)


def passed_up(alias: str, select: tuple[Selected, ...], below: Hoisted) -> tuple[tuple[Selected, ...], Hoisted]:
    """The select list of a to-one spread without its aggregates; and these, with those of spreads below it."""
    kept = tuple([replace(one, aggregate=None, aggregate_cast=None) if one.aggregate else one for one in select])
    passed = {(alias, name): one for (_, name), one in below.items()}
    passed.update({(alias, one.alias or one.column.name): one for one in select if one.aggregate})
    return kept, passed


def hoisted_into(embeds: tuple[Node, ...], hoisted: Mapping[tuple[str, str], Selected]) -> tuple[Node, ...]:
    """The embeds, with what was hoisted from below them done to the columns of the spreads."""
    return tuple([_hoisted_into(embed, hoisted) for embed in embeds]) if hoisted else embeds


def _hoisted_into(embed: Node, hoisted: Mapping[tuple[str, str], Selected]) -> Node:
    link = embed.link
    if link is None or link.spread is None:
        return embed
    columns = [_done(one, hoisted.get((link.aggregate_alias, one.name))) for one in link.spread.columns]
    return replace(embed, link=replace(link, spread=replace(link.spread, columns=tuple(columns))))


def _done(column: SpreadColumn, hoisted: Selected | None) -> SpreadColumn:
    if hoisted is None:
        return column
    return SpreadColumn(column.name, hoisted.alias, hoisted.aggregate, hoisted.aggregate_cast)


def spread(node: Node, *, to_many: bool) -> Node:
    """The node as a spread: what a to-many is sorted by is selected under names of its own, to be sorted by above."""
    if node.link is None:
        return node
    columns = _columns(node)
    if not to_many:
        return replace(node, link=replace(node.link, spread=Spread(columns)))
    extra = []
    terms = []
    for number, term in enumerate(node.order, 1):
        name = f"{node.link.aggregate_alias}_{term.column.name}_{number}"
        extra.append(Selected(term.column, alias=name, of=term.of))
        terms.append(Sorting(Column(name), term.descending, term.nulls))
    made = Spread(columns, tuple(extra), tuple(terms))
    return replace(node, order=(), link=replace(node.link, spread=made))


def refuse_aggregates(node: Node) -> None:
    """Raises Refusal PGRST127 where a to-many spread would aggregate."""
    links = [embed.link for embed in node.embeds if embed.link is not None]
    columns = [one for link in links if link.spread is not None for one in link.spread.columns]
    if any(one.aggregate for one in node.select) or any(one.aggregate for one in columns):
        raise Refusal(
            400,
            "PGRST127",
            "Feature not implemented",
            details="Aggregates are not implemented for one-to-many or many-to-many spreads.",
        )
