"""Columns and conditions with what the schema cache knows of their types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from haulback.gateway.rest.plan.node import Column, Condition, Group, Selected, Sorting, Test
from haulback.gateway.rest.query.tree import Aggregate, Compare, Field, Filter, Logic, OrderTerm, SelectField
from haulback.gateway.schema.model import SchemaCache, Table

_JSON = frozenset({"json", "jsonb"})
_SEARCHES = frozenset({"fts", "plfts", "phfts", "wfts"})


class Resolver:
    """Resolves what is said of one table, which may be unknown: what a function returns needs to be no table."""

    __slots__ = ("_cache", "_table")

    def __init__(self, cache: SchemaCache, table: Table | None) -> None:
        self._cache = cache
        self._table = table

    def selected(self, one: SelectField, *, in_spread: bool) -> Selected:
        """With the alias that its key in the JSON needs: a path is called by its last key."""
        column = self._shown(one.field)
        alias = one.alias or _alias(one, column, in_spread=in_spread)
        return Selected(column, alias, one.cast, one.aggregate, one.aggregate_cast)

    def expanded(self, select: tuple[Selected, ...], *, aggregated: bool, in_spread: bool) -> tuple[Selected, ...]:
        """With `*` spelled out where it cannot stand: beside aggregates, in arrays, above representations.

        count() of a spread counts rows of its own.
        """
        stars = any(_is_star(one, in_spread=in_spread) for one in select)
        if not stars or not (aggregated or self._has_representations()):
            return select
        whole: list[Selected] = []
        for one in select:
            if one.column.name != "*" or one.column.path:
                whole.append(one)
            elif one.aggregate is None:
                whole += [self._shown_whole(one, name) for name in (self._table.columns if self._table else ())]
            elif in_spread and one.aggregate is Aggregate.COUNT:
                whole.append(replace(one, column=replace(one.column, whole_row=True)))
            else:
                whole.append(one)
        return tuple(whole)

    def conditions(self, terms: Iterable[Filter | Logic]) -> tuple[Condition, ...]:
        return tuple([self._condition(one) for one in terms])

    def sorting(self, term: OrderTerm) -> Sorting:
        return Sorting(self._typed(term.field), term.descending, term.nulls)

    def _condition(self, one: Filter | Logic) -> Condition:
        if isinstance(one, Logic):
            return Group(one.is_or, self.conditions(one.terms), one.negated)
        return Test(self._searched(one), one.test, one.negated)

    def _searched(self, one: Filter) -> Column:
        """A value comes as text, so a domain with a representation reads it by that."""
        column = self._typed(one.field)
        known = self._table.columns.get(one.field.name) if self._table is not None else None
        if known is not None:
            transform = self._cache.representations.get(("text", known.nominal_type))
            if transform is not None:
                column = replace(column, transform=transform)
        test = one.test
        # Of a computed column nobody knows the type; it is taken for a tsvector.
        searched = known is not None and known.type != "tsvector"
        if searched and isinstance(test, Compare) and test.op in _SEARCHES:
            column = replace(column, to_tsvector=True, language=test.language)
        return column

    def _shown(self, field: Field) -> Column:
        column = self._typed(field)
        known = self._table.columns.get(field.name) if self._table is not None else None
        transform = self._cache.representations.get((known.nominal_type, "json")) if known is not None else None
        return column if transform is None else replace(column, transform=transform)

    def _shown_whole(self, star: Selected, name: str) -> Selected:
        column = self._shown(Field(name))
        return replace(star, column=column, alias=name if column.transform else star.alias)

    def _typed(self, field: Field) -> Column:
        if not field.path:
            return Column(field.name)
        known = self._table.columns.get(field.name) if self._table is not None else None
        return Column(field.name, field.path, to_jsonb=known is None or known.nominal_type not in _JSON)

    def _has_representations(self) -> bool:
        representations = self._cache.representations
        if not representations or self._table is None:
            return False
        return any((column.nominal_type, "json") in representations for column in self._table.columns.values())


def _is_star(one: Selected, *, in_spread: bool) -> bool:
    return one.column.name == "*" and (one.aggregate is None or (in_spread and one.aggregate is Aggregate.COUNT))


def _alias(one: SelectField, column: Column, *, in_spread: bool) -> str | None:
    if one.aggregate is not None:
        # The node above names the column, and so must know how it is called.
        return str(one.aggregate) if in_spread else None
    if column.path:
        return next((step.key for step in reversed(column.path) if not step.is_index), column.name)
    return column.name if column.transform else None
