"""Primary and foreign keys, those of the tables and those that views show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from haulback.gateway.schema.model import Name
from haulback.gateway.schema.node_tree import Origin


@dataclass(frozen=True, slots=True)
class Side:
    """The columns of one end of a key: by oid and number as the catalogs say, and by name."""

    oid: int
    name: Name
    numbers: tuple[int, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key as declared.

    Attributes:
        is_unique: whether the referring columns are a key of their own, so that at most one row refers to another.
    """

    constraint: str
    source: Side
    target: Side
    is_unique: bool


@dataclass(frozen=True, slots=True)
class Keys:
    primary: Sequence[Side]
    foreign: Sequence[ForeignKey]


@dataclass(frozen=True, slots=True)
class View:
    """A view and where each of its columns comes from in the end; columns by number."""

    name: Name
    columns: Mapping[int, str]
    origins: Mapping[int, Origin]


@dataclass(frozen=True, slots=True)
class Shown:
    """A view that shows every column of a key; of each column of the key the view's columns that do."""

    view: Name
    columns: tuple[tuple[str, ...], ...]

    def choices(self) -> Iterator[tuple[str, ...]]:
        """Every way to name the whole key, where a column is shown more than once."""
        return product(*self.columns)


class Views:
    """Which views show which keys."""

    def __init__(self, views: Iterable[View]) -> None:
        self._showing: dict[int, list[tuple[Name, dict[int, tuple[str, ...]]]]] = defaultdict(list)
        for view in views:
            for table, columns in _by_table(view).items():
                self._showing[table].append((view.name, columns))

    def showing(self, side: Side) -> Iterator[Shown]:
        for view, columns in self._showing.get(side.oid, ()):
            if all(number in columns for number in side.numbers):
                yield Shown(view, tuple(columns[number] for number in side.numbers))


def _by_table(view: View) -> dict[int, dict[int, tuple[str, ...]]]:
    """Names of the view's columns by table and by number of the table's column."""
    found: dict[int, dict[int, tuple[str, ...]]] = defaultdict(dict)
    for number, (table, column) in sorted(view.origins.items()):
        found[table][column] = (*found[table].get(column, ()), view.columns[number])
    return found


def traced(view: int, rules: Mapping[int, Mapping[int, Origin]]) -> dict[int, Origin]:
    """The origins of a view's columns, followed through the views below it as far as these are known."""
    return {number: _followed(origin, rules) for number, origin in rules[view].items()}


def _followed(origin: Origin, rules: Mapping[int, Mapping[int, Origin]]) -> Origin:
    # Two views may have been made to stand on each other by CREATE OR REPLACE.
    seen: set[Origin] = set()
    while origin not in seen:
        seen.add(origin)
        table, column = origin
        origin = rules.get(table, {}).get(column, origin)
    return origin


def primary_keys(keys: Keys, views: Views) -> dict[Name, tuple[str, ...]]:
    """Of tables sorted by name; of views in the order of the key, a column that is shown twice under its first name.

    A view on several tables has the keys of them all.
    """
    found: dict[Name, tuple[str, ...]] = {}
    for key in sorted(keys.primary, key=lambda side: side.name):
        found[key.name] = tuple(sorted(key.columns))
        for shown in views.showing(key):
            # The last table comes first, as in PostgREST.
            found[shown.view] = (*(names[0] for names in shown.columns), *found.get(shown.view, ()))
    return found
