"""What a read needs of the rows that a write or call returns to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from haulback.gateway.rest.plan.node import Condition, Embedded, Group, Node

_EVERYTHING = ("*",)


def needed_columns(node: Node, primary_key: Iterable[str] = ()) -> tuple[str, ...]:
    """Names to return, sorted: those selected, those that embeds are joined by, the primary key; or `*` alone."""
    selected = {one.column.name for one in node.select}
    links = [embed.link for embed in node.embeds if embed.link is not None]
    # What a function reads of its row nobody knows.
    if "*" in selected or any(link.relationship.function is not None for link in links):
        return _EVERYTHING
    for link in links:
        junction = link.relationship.junction
        pairs = link.relationship.columns if junction is None else junction.source_columns
        selected.update([here for here, _ in pairs])
    return tuple(sorted(selected.union(primary_key)))


def filtered_columns(node: Node) -> frozenset[str]:
    """Names of the columns that any condition of the tree is about."""
    found = set(_named(node.conditions))
    for embed in node.embeds:
        found |= filtered_columns(embed)
    return frozenset(found)


def is_default(node: Node) -> bool:
    """Whether all columns and nothing else are selected, so that a function of the table may make the body."""
    return len(node.select) == 1 and not node.embeds and node.select[0].column.name == "*"


def with_jsonb(node: Node) -> Node:
    """The same read with embeds as jsonb, whose text form is PostgREST's; as parts of JSON they need not be."""
    link = node.link and replace(node.link, as_jsonb=True)
    return replace(node, link=link, embeds=tuple([with_jsonb(embed) for embed in node.embeds]))


def _named(conditions: Iterable[Condition]) -> Iterator[str]:
    for one in conditions:
        match one:
            case Group(terms=terms):
                yield from _named(terms)
            case Embedded(aggregate_alias):
                yield aggregate_alias
            case _:
                yield one.column.name
