"""Reads a whole query string."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from haulback.gateway.answer import Refusal
from haulback.gateway.remembered import remembered
from haulback.gateway.rest.query.logic import logic, logic_path
from haulback.gateway.rest.query.names import name, path
from haulback.gateway.rest.query.operators import of_head
from haulback.gateway.rest.query.order import order
from haulback.gateway.rest.query.scanner import Scanner, Stuck, scanned
from haulback.gateway.rest.query.select import selection
from haulback.gateway.rest.query.tree import Field, Filter, Logic, OrderTerm, Path, Query, Slot
from haulback.gateway.rest.shape import Pair, Shape

_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NUMBER = re.compile(r"\s*(-?[0-9]{1,30})\s*")
_MOST_PAIRS = 5000


@dataclass(slots=True)
class _Sorted:
    """The pairs by what they are about."""

    order: list[Pair] = field(default_factory=list)
    logic: list[Pair] = field(default_factory=list)
    limits: list[Pair] = field(default_factory=list)
    offsets: list[Pair] = field(default_factory=list)
    filters: list[tuple[int, Pair]] = field(default_factory=list)
    whole: dict[str, str] = field(default_factory=dict)


def parsed(shape: Shape, *, is_call: bool) -> Query:
    """What the query string says; `is_call` where it is of a call by GET, whose arguments it brings.

    Raises:
        Refusal: PGRST100.
    """
    if len(shape.pairs) > _MOST_PAIRS:
        raise Refusal(
            400,
            "PGRST100",
            '"failed to parse query string" (line 1, column 1)',
            details=f"more than {_MOST_PAIRS} pairs",
        )
    parts = _sorted(shape)
    # In this order, for the first thing that is wrong is the one that is told.
    orders = _orders(parts.order)
    trees = _trees(parts.logic)
    whole = parts.whole
    columns = _names("columns parameter", whole["columns"]) if "columns" in whole else None
    select = selection(whole.get("select", "*"))
    filters, arguments = _filters(parts.filters, is_call=is_call)
    on_conflict = _names("on_conflict parameter", whole["on_conflict"]) if "on_conflict" in whole else None
    return Query(
        select=select,
        filters=filters,
        logic=trees,
        order=orders,
        limits=_numbers(parts.limits),
        offsets=_numbers(parts.offsets),
        columns=None if columns is None else tuple(sorted(set(columns))),
        on_conflict=on_conflict,
        arguments=arguments,
        filter_fields=frozenset([pair.key for _, pair in parts.filters]),
    )


def _sorted(shape: Shape) -> _Sorted:
    parts = _Sorted()
    by_end = {
        "order": parts.order,
        "and": parts.logic,
        "or": parts.logic,
        "limit": parts.limits,
        "offset": parts.offsets,
    }
    for number, pair in enumerate(shape.pairs):
        end = by_end.get(pair.key.rpartition(".")[2])
        if end is not None:
            end.append(pair)
        elif pair.key in {"select", "columns", "on_conflict"}:
            parts.whole.setdefault(pair.key, pair.head)
        else:
            parts.filters.append((number, pair))
    return parts


def _orders(pairs: Iterable[Pair]) -> tuple[tuple[Path, tuple[OrderTerm, ...]], ...]:
    return tuple([(_place(pair.key)[0], order(pair.head)) for pair in pairs])


def _trees(pairs: Iterable[Pair]) -> tuple[tuple[Path, Logic | Filter], ...]:
    found = []
    for pair in pairs:
        place, begin = logic_path(pair.key)
        found.append((place, logic(begin, pair.head)))
    return tuple(found)


def _numbers(pairs: Iterable[Pair]) -> tuple[tuple[Path, int], ...]:
    """One number a place: the last that is given."""
    found: dict[str, int | None] = {}
    for pair in pairs:
        number = _NUMBER.fullmatch(pair.head)
        found[pair.key] = int(number[1]) if number is not None else None
    return tuple([(_place(key)[0], number) for key, number in found.items() if number is not None])


def _filters(
    pairs: Iterable[tuple[int, Pair]], *, is_call: bool
) -> tuple[tuple[tuple[Path, Filter], ...], tuple[tuple[str, Slot], ...]]:
    filters: list[tuple[Path, Filter]] = []
    arguments: list[tuple[str, Slot]] = []
    for number, pair in pairs:
        place, column = _place(pair.key)
        if is_call and not pair.head:
            arguments.append((column.name, Slot(number)))
            continue
        test, negated = of_head(pair.head, number)
        filters.append((place, Filter(column, test, negated)))
    return tuple(filters), tuple(arguments)


@remembered
def _place(key: str) -> tuple[Path, Field]:
    """`embedded.table.column->path`: where to, and the column there."""
    return ((), Field(key)) if _WORD.fullmatch(key) else scanned("tree path", key, _tree_path)


def _tree_path(scanner: Scanner) -> tuple[Path, Field]:
    names = [_needed(scanner)]
    while scanner.takes(".", "delimiter (.)"):
        names.append(_needed(scanner))
    return tuple(names[:-1]), Field(names[-1], path(scanner))


def _names(what: str, text: str) -> tuple[str, ...]:
    return scanned(what, text, _list_of_names)


def _list_of_names(scanner: Scanner) -> tuple[str, ...]:
    names = [_needed(scanner)]
    while True:
        scanner.skip_blanks()
        if not scanner.takes(","):
            return tuple(names)
        scanner.skip_blanks()
        names.append(_needed(scanner))


def _needed(scanner: Scanner) -> str:
    found = name(scanner)
    if found is None:
        raise Stuck
    return found
