"""The query dealt out to the tables that it is about, before anybody knows how they are related."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.plan.node import Root, Rows
from haulback.gateway.rest.query.tree import Filter, Logic, OrderTerm, Path, Query, SelectField, SelectRelation


@dataclass(slots=True)
class Draft:
    """One table with all that the query says of it; `relation` is how it was asked for, None for the root."""

    name: str
    relation: SelectRelation | None = None
    fields: list[SelectField] = field(default_factory=list)
    below: list[Draft] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    logic: list[Logic | Filter] = field(default_factory=list)
    order: tuple[OrderTerm, ...] | None = None
    offset: int = 0
    limit: int | None = None

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


def drafted(query: Query, name: str, root: Root, rows: Rows | None = None) -> Draft:
    """The tree of what was selected, everything else of the query in its place; `rows` stands for those of the root.

    Raises: Refusal PGRST108 where something is said of a table that was not selected.
    """
    draft = _drafted(name, None, query.select)
    is_write = root is Root.WRITE
    for path, one in query.filters:
        if path or not is_write:
            _at(draft, path).filters.append(one)
    for path, terms in query.order:
        found = _at(draft, path)
        found.order = terms if found.order is None else found.order
    if not is_write:
        _limited(draft, query, rows)
    for path, logic in query.logic:
        if path or not is_write:
            _at(draft, path).logic.append(logic)
    return draft


def _drafted(name: str, relation: SelectRelation | None, select: tuple[SelectField | SelectRelation, ...]) -> Draft:
    draft = Draft(name, relation)
    for one in select:
        if isinstance(one, SelectField):
            draft.fields.append(one)
        else:
            draft.below.append(_drafted(one.name, one, one.select))
    return draft


def _limited(draft: Draft, query: Query, rows: Rows | None) -> None:
    for path, number in query.offsets:
        _at(draft, path).offset = number
    for path, number in query.limits:
        _at(draft, path).limit = number
    draft.offset, draft.limit = rows or (max(draft.offset, 0), draft.limit)


def _at(draft: Draft, path: Path) -> Draft:
    for name in path:
        draft = _below(draft, name)
    return draft


def _below(draft: Draft, name: str) -> Draft:
    for one in draft.below:
        if name in {one.name, one.shown_as}:
            return one
    raise not_embedded(name)


def not_embedded(name: str) -> Refusal:
    return Refusal(
        400,
        "PGRST108",
        f"'{name}' is not an embedded resource in this request",
        hint=f"Verify that '{name}' is included in the 'select' query parameter.",
    )
