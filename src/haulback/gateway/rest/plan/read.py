"""Plans a read: a query laid over the schema cache becomes a tree of nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.plan import spreads
from haulback.gateway.rest.plan.columns import Resolver
from haulback.gateway.rest.plan.draft import Draft, drafted, not_embedded
from haulback.gateway.rest.plan.node import (
    SOURCE,
    Column,
    Condition,
    Embedded,
    Group,
    Link,
    Node,
    Root,
    Rows,
    Sorting,
    Test,
)
from haulback.gateway.rest.plan.relationships import relationship
from haulback.gateway.rest.plan.tables import table as known_table
from haulback.gateway.rest.plan.width import refuse_too_wide
from haulback.gateway.rest.planned import Options
from haulback.gateway.rest.query.tree import Is, OrderTerm, Query
from haulback.gateway.schema.model import Name, Relationship, SchemaCache


def read_plan(
    query: Query, name: Name, cache: SchemaCache, options: Options, root: Root = Root.TABLE, rows: Rows | None = None
) -> Node:
    """The plan of a read of a table, or of what a write or call of it returned.

    `rows` says which rows of the root, where something else than the query (a Range header) has a say.

    Raises:
        Refusal: PGRST108, 118, 123, 127, 200, 201, 205.
    """
    if root is Root.TABLE:
        known_table(cache, name)
    draft = drafted(query, name.name, root, rows, legacy_names=options.legacy_names)
    grouped = any(one.aggregates for one in draft.everything())
    most = None if root is Root.WRITE else options.max_rows
    node = _Planner(cache, most, grouped=grouped, aggregates=options.aggregates).root(draft, name, root)
    if grouped and not options.aggregates:
        raise Refusal(400, "PGRST123", "Use of aggregate functions is not allowed")
    return node


def conditions_of(query: Query, name: Name, cache: SchemaCache) -> tuple[Condition, ...]:
    """What rows of the root a write touches: the filters and the logic that are about it."""
    resolver = Resolver(cache, cache.tables.get(name))
    filters = resolver.conditions([one for path, one in query.filters if not path])
    return (*filters, *resolver.conditions([one for path, one in query.logic if not path]))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node stands: its tables and names, decided before its columns are."""

    table: Name
    source: Name
    alias: str | None
    depth: int
    relationship: Relationship | None = None
    above: Name = SOURCE
    aggregate_alias: str = ""
    aggregated: bool = False

    @property
    def qualifier(self) -> Name:
        return self.source if self.alias is None else Name("", self.alias)

    @property
    def to_one(self) -> bool:
        return self.relationship is None or self.relationship.to_one


@dataclass(frozen=True, slots=True)
class _Planner:
    """Plans nodes from the leaves up.

    Attributes:
        grouped: whether there is an aggregate anywhere, so that JSON must be such as can be grouped by.
        aggregates: whether they are allowed.
    """

    cache: SchemaCache
    max_rows: int | None
    grouped: bool
    aggregates: bool

    def root(self, draft: Draft, name: Name, root: Root) -> Node:
        place = _Place(name, name, None, 0) if root is Root.TABLE else _Place(name, SOURCE, name.name, 0)
        return self._node(draft, place)[0]

    def _node(self, draft: Draft, place: _Place) -> tuple[Node, spreads.Hoisted]:
        """The node, and the aggregates of it that a node above has to make."""
        resolver = Resolver(self.cache, self.cache.tables.get(place.table))
        spread = draft.relation is not None and draft.relation.spread
        aggregated = place.aggregated or draft.aggregates or (spread and not place.to_one)
        below = [self._node(one, _below(self.cache, one, place, aggregated=aggregated)) for one in draft.below]
        embeds = tuple([node for node, _ in below])
        hoisted = {key: one for _, each in below for key, one in each.items()}
        refuse_too_wide(self.cache, place.table, draft.fields, embeds)
        select = tuple([resolver.selected(one, in_spread=spread) for one in draft.fields])
        select = resolver.expanded(select, aggregated=aggregated, in_spread=spread)
        passed: spreads.Hoisted = {}
        if spread and place.to_one:
            select, passed = spreads.passed_up(place.aggregate_alias, select, hoisted)
        else:
            embeds = spreads.hoisted_into(embeds, hoisted)
        node = Node(
            table=place.table,
            source=place.source,
            alias=place.alias,
            select=select,
            conditions=_about_embeds(resolver.conditions([*draft.filters, *draft.logic]), embeds),
            order=_order(draft, resolver, embeds),
            offset=0 if draft.limit == 0 else draft.offset,
            limit=self._limit(draft),
            link=_link(draft, place, as_jsonb=self.grouped),
            embeds=embeds,
        )
        return (self._spread(node, to_many=not place.to_one) if spread else _marked(node)), passed

    def _spread(self, node: Node, *, to_many: bool) -> Node:
        if to_many and self.aggregates:
            spreads.refuse_aggregates(node)
        return spreads.spread(node, to_many=to_many)

    def _limit(self, draft: Draft) -> int | None:
        limits = [limit for limit in (draft.limit, self.max_rows) if limit is not None]
        return min(limits, default=None)


def _below(cache: SchemaCache, draft: Draft, above: _Place, *, aggregated: bool) -> _Place:
    found = relationship(cache, above.table, draft.name, draft.relation.hint if draft.relation else None)
    depth = above.depth + 1
    return _Place(
        table=found.foreign_table,
        source=found.foreign_table,
        alias=None if found.junction is not None else f"{found.foreign_table.name}_{depth}",
        depth=depth,
        relationship=found,
        above=above.qualifier,
        aggregate_alias=f"{found.table.name}_{draft.shown_as}_{depth}",
        aggregated=aggregated,
    )


def _link(draft: Draft, place: _Place, *, as_jsonb: bool) -> Link | None:
    if place.relationship is None or draft.relation is None:
        return None
    return Link(
        relationship=place.relationship,
        above=place.above,
        name=draft.shown_as,
        aggregate_alias=place.aggregate_alias,
        inner=draft.relation.inner is True,
        as_jsonb=as_jsonb,
    )


def _marked(node: Node) -> Node:
    """An embed that selects nothing only filters."""
    return replace(node, link=replace(node.link, is_empty=True)) if node.link and _is_empty(node) else node


def _is_empty(node: Node) -> bool:
    return not node.select and all(_is_empty(embed) for embed in node.embeds)


def _order(draft: Draft, resolver: Resolver, embeds: Sequence[Node]) -> tuple[Sorting, ...]:
    return tuple(
        [
            resolver.sorting(term) if term.relation is None else _by_embed(term, term.relation, embeds)
            for term in draft.order or ()
        ]
    )


def _by_embed(term: OrderTerm, relation: str, embeds: Sequence[Node]) -> Sorting:
    link = next((embed.link for embed in embeds if embed.link is not None and embed.link.name == relation), None)
    if link is None:
        raise not_embedded(relation)
    if not link.relationship.to_one:
        raise Refusal(
            400,
            "PGRST118",
            f"A related order on '{relation}' is not possible",
            details=f"'{link.relationship.table.name}' and '{relation}' do not form a many-to-one or "
            "one-to-one relationship",
        )
    column = Column(term.field.name, term.field.path)
    return Sorting(column, term.descending, term.nulls, of=link.aggregate_alias)


def _about_embeds(conditions: tuple[Condition, ...], embeds: Sequence[Node]) -> tuple[Condition, ...]:
    """`rel=is.null` asks for rows of an embed, where there is one of that name."""
    if not embeds:
        return conditions
    aliases = {embed.link.name: embed.link.aggregate_alias for embed in reversed(embeds) if embed.link is not None}
    return tuple([_about_embed(one, aliases) for one in conditions])


def _about_embed(one: Condition, aliases: dict[str, str]) -> Condition:
    if isinstance(one, Group):
        return Group(one.is_or, tuple([_about_embed(term, aliases) for term in one.terms]), one.negated)
    if isinstance(one, Test) and one.test == Is("null") and not one.column.path and one.column.name in aliases:
        return Embedded(aliases[one.column.name], has_rows=one.negated)
    return one
