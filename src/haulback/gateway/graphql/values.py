"""Values as a plan sees them: what they are like, never what they are.

A plan is made once and run with other values. It sees the shape of the variables: names, lists, nulls, and of what kind
each scalar is. Where SQL depends on more (a direction, whether a page may be so long), it asks for a fact about the
value, and the plan then holds wherever the same facts do.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from haulback.gateway.graphql.refused import NoData, Refused


@dataclass(frozen=True, slots=True)
class Each:
    """One field of every object of a list."""

    name: str


Path = tuple[str | int | Each, ...]
Scalar = str | int | float | bool | None


class Kind(StrEnum):
    """What a scalar is in JSON."""

    STRING = "s"
    INTEGER = "i"
    FLOAT = "f"
    BOOLEAN = "b"
    NULL = "n"


class Absent:
    """No value was given, which is not null."""


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar.

    Attributes:
        path: in the variables; None for one that stands in the query.
        constant: its value where it stands in the query.
        mapping: what the database has for a value, where it is another.
    """

    kind: Kind
    path: Path | None = None
    constant: Scalar = None
    mapping: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Leaves:
    """A list of scalars, of whatever length.

    Attributes:
        kinds: of its scalars; none where it is empty.
        path, constant, mapping: as of a Leaf.
        listed: whether each stands for a list of itself.
    """

    kinds: frozenset[Kind]
    path: Path | None = None
    constant: tuple[Scalar, ...] = ()
    mapping: Mapping[str, str] | None = None
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of many objects with the same names and nothing but scalars, of whatever length: rows to insert."""

    path: Path
    columns: Mapping[str, Leaves]


Value = Absent | None | Leaf | Leaves | Rows | list["Value"] | dict[str, "Value"]

_MANY = 9  # objects that are looked at as rows; fewer are what people write
_ROWS: Final = "rows"
_INT64 = range(-(2**63), 2**63)
_KINDS: Mapping[type, Kind] = {
    str: Kind.STRING,
    int: Kind.INTEGER,
    float: Kind.FLOAT,
    bool: Kind.BOOLEAN,
    type(None): Kind.NULL,
}


def kind_of(value: Any) -> Kind | None:
    """The kind of a scalar; None for a list or an object. What no 64 bits hold is a float, as pg_graphql has it."""
    kind = _KINDS.get(type(value))
    if kind is Kind.INTEGER and value not in _INT64:
        return Kind.FLOAT
    return kind


def shape(value: Any, depth: int) -> Hashable:
    """What a plan may see of a JSON value.

    Args:
        value: decoded.
        depth: levels that it may have.

    Raises:
        NoData: it has more.
    """
    kind = _KINDS.get(type(value))
    if kind is not None:
        return kind_of(value) if kind is Kind.INTEGER else kind
    if depth == 0:
        raise NoData("variables are nested too deeply")
    if isinstance(value, dict):
        below = depth - 1
        return (tuple(value), tuple([shape(each, below) for each in value.values()]))
    kinds = [kind_of(each) for each in value]
    if None not in kinds:
        return frozenset(kinds)
    columns = _columns(value)
    if columns is not None:
        return (_ROWS, tuple(columns), tuple(columns.values()))
    return tuple([shape(each, depth - 1) for each in value])


def seen(value: Any, path: Path) -> Value:
    """A variable's value as a plan sees it."""
    kind = kind_of(value)
    if kind is Kind.NULL:
        return None
    if kind is not None:
        return Leaf(kind, path)
    if isinstance(value, dict):
        return {name: seen(each, (*path, name)) for name, each in value.items()}
    kinds = [kind_of(each) for each in value]
    if None not in kinds:
        return Leaves(frozenset(kind for kind in kinds if kind is not None), path)
    columns = _columns(value)
    if columns is not None:
        return Rows(path, {name: Leaves(kinds, (*path, Each(name))) for name, kinds in columns.items()})
    return [seen(each, (*path, place)) for place, each in enumerate(value)]


def _columns(value: list[Any]) -> dict[str, frozenset[Kind]] | None:
    """What each name of many objects holds, where they have the same names and only scalars."""
    if len(value) < _MANY or not isinstance(value[0], dict) or not value[0]:
        return None
    names = value[0].keys()
    if not all(isinstance(row, dict) and row.keys() == names for row in value):
        return None
    columns: dict[str, frozenset[Kind]] = {}
    for name in names:
        kinds = {kind_of(row[name]) for row in value}
        if None in kinds:
            return None
        columns[name] = frozenset(kind for kind in kinds if kind is not None)
    return columns


def found(variables: Mapping[str, Any], path: Path) -> Any:
    """The value at a path."""
    value: Any = variables
    for step in path:
        value = [row[step.name] for row in value] if isinstance(step, Each) else value[step]
    return value


# Something about a value that is the same for many: given the value, or the list of them.
About = Callable[[Any], Hashable]


@dataclass(frozen=True, slots=True)
class Fact:
    """What a plan wanted to know of a variable."""

    path: Path
    about: About


@dataclass(slots=True)
class Given:
    """The variables of a request while it is planned.

    Attributes:
        variables: decoded.
        facts: that were asked for, with what they were.
        left: values in lists and objects that may still be looked at, counted as often as a field is given them.
    """

    variables: Mapping[str, Any]
    facts: dict[Fact, Hashable] = field(default_factory=dict)
    left: int = 200_000
    _seen: dict[str, Value] = field(default_factory=dict)

    def variable(self, name: str) -> Value:
        if name not in self.variables:
            return ABSENT
        if name not in self._seen:
            self._seen[name] = seen(self.variables[name], (name,))
        return self._seen[name]

    def look(self, count: int) -> None:
        """Counts values that are about to be looked at one by one.

        Raises:
            Refused: they are too many, be it of one large variable that many fields are given.
        """
        if count > self.left:
            raise Refused("query is given too many values")
        self.left -= count

    def fact(self, value: Leaf | Leaves, about: About) -> Hashable:
        """What `about` says of a value; the plan then holds for those of which it says the same."""
        if value.path is None:
            return about(value.constant)
        fact = Fact(value.path, about)
        if fact not in self.facts:
            self.facts[fact] = about(found(self.variables, value.path))
        return self.facts[fact]


def facts_of(facts: Sequence[Fact], variables: Mapping[str, Any]) -> tuple[Hashable, ...]:
    """What the facts are for other variables of the same shape."""
    return tuple([fact.about(found(variables, fact.path)) for fact in facts])
