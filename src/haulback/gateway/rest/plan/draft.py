"""The query dealt out to the tables that it is about, before anybody knows how they are related."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.plan.node import Root, Rows
from haulback.gateway.rest.query.tree import Filter, Logic, OrderTerm, Path, Query, SelectField, SelectRelation


@dataclass(slots=True)
class Draft:
    """One table with all that the query says of it.

    Attributes:
        relation: how it was asked for, None for the root.
        by_legacy_name: whether the query calls it by its own name somewhere, though it has an alias.
    """

    name: str
    relation: SelectRelation | None = None
    fields: list[SelectField] = field(default_factory=list)
    below: list[Draft] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    logic: list[Logic | Filter] = field(default_factory=list)
    order: tuple[OrderTerm, ...] | None = None
    offset: int = 0
    limit: int | None = None
    by_legacy_name: bool = False

    @property
    def shown_as(self) -> str:
        return (self.relation.alias if self.relation is not None else None) or self.name

    @property
    def aggregates(self) -> bool:
        return any(one.aggregate for one in self.fields)

    def everything(self) -> Iterator[Draft]:
        yield self
        for draft in self.below:
            yield from draft.everything()


def drafted(query: Query, name: str, root: Root, rows: Rows | None = None, *, legacy_names: bool = True) -> Draft:
    """The tree of what was selected, everything else of the query in its place; `rows` stands for those of the root.

    With `legacy_names` a table that has an alias is known by its own name, too.

    Raises: Refusal PGRST108 where something is said of a table that was not selected.
    """
    draft = _drafted(name, None, query.select)
    at = partial(_at, draft, legacy_names=legacy_names)
    is_write = root is Root.WRITE
    for path, one in query.filters:
        if path or not is_write:
            at(path).filters.append(one)
    for path, terms in query.order:
        found = at(path)
        found.order = terms if found.order is None else found.order
    if not is_write:
        for path, number in query.offsets:
            at(path).offset = number
        for path, number in query.limits:
            at(path).limit = number
        draft.offset, draft.limit = rows or (max(draft.offset, 0), draft.limit)
    for path, logic in query.logic:
        if path or not is_write:
            at(path).logic.append(logic)
    return draft


def _drafted(name: str, relation: SelectRelation | None, select: tuple[SelectField | SelectRelation, ...]) -> Draft:
    draft = Draft(name, relation)
    for one in select:
        if isinstance(one, SelectField):
            draft.fields.append(one)
        else:
            draft.below.append(_drafted(one.name, one, one.select))
    return draft


def _at(draft: Draft, path: Path, *, legacy_names: bool) -> Draft:
    for name in path:
        draft = _below(draft, name, legacy_names=legacy_names)
    return draft


def _below(draft: Draft, name: str, *, legacy_names: bool) -> Draft:
    found = next((one for one in draft.below if name == one.shown_as or (legacy_names and name == one.name)), None)
    if found is None:
        hidden = next((one for one in draft.below if name == one.name), None)
        raise _has_an_alias(hidden) if hidden else not_embedded(name)
    found.by_legacy_name |= name != found.shown_as
    return found


def _has_an_alias(draft: Draft) -> Refusal:
    return Refusal(
        400,
        "PGRST108",
        f"'{draft.name}' is not an embedded resource in this request",
        details="Target names are not allowed in filters if they have an alias",
        hint=f"Change '{draft.name}' to '{draft.shown_as}' in filters, orders or limits.",
    )


def not_embedded(name: str) -> Refusal:
    return Refusal(
        400,
        "PGRST108",
        f"'{name}' is not an embedded resource in this request",
        hint=f"Verify that '{name}' is included in the 'select' query parameter.",
    )
