"""Parameters of a statement: where each value comes from, and the text that PostgreSQL reads it from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from haulback.gateway.graphql import cursors
from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.values import Absent, Leaf, Leaves, Path, Value, found

# The protocol counts parameters in 16 bits.
_MOST = 65535
# Bytes of the values of one request: one large variable may be given to many fields, and each of them sends it.
_LARGEST = 64 << 20


class Text(Protocol):
    """Makes the text of a value."""

    def __call__(self, value: Any, /) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Constant:
    """The same in every request of this plan."""

    text: bytes | None


@dataclass(frozen=True, slots=True)
class FromVariable:
    """A value in the variables, through `into`."""

    path: Path
    into: Text


@dataclass(frozen=True, slots=True)
class Together:
    """Several values as one array, some of them from variables."""

    each: tuple[tuple[Path | None, Any, Mapping[str, str] | None], ...]


Bind = Constant | FromVariable | Together


@dataclass(frozen=True, slots=True)
class _Mapped:
    """The text of what an enum's values are in the database.

    Attributes:
        listed: whether each of a list is an array of its own.
    """

    labels: Mapping[str, str]
    listed: bool = False

    def __call__(self, value: Any, /) -> bytes | None:
        if isinstance(value, list | tuple):
            each = [one if one is None else self.labels.get(one, one) for one in value]
            return text_of([one if one is None else _plain_array(one) for one in each] if self.listed else each)
        return text_of(self.labels.get(value, value))


@dataclass(frozen=True, slots=True)
class _OfCursor:
    """The text of one value of a cursor."""

    place: int

    def __call__(self, value: Any, /) -> bytes | None:
        return text_of(cursors.cursor_value(value, self.place))


@dataclass(frozen=True, slots=True)
class _OfNode:
    """The text of one value of a node identifier."""

    place: int

    def __call__(self, value: Any, /) -> bytes | None:
        return text_of(cursors.node_value(value, self.place))


@dataclass(slots=True)
class Binder:
    """Numbers the parameters of one statement."""

    binds: list[Bind] = field(default_factory=list)

    def value(self, value: Value) -> str:
        """The placeholder of a value, null where there is none.

        Raises:
            Refused: it is an object, or a list of more than scalars, or there are too many.
        """
        match value:
            case None:
                return self._add(Constant(None))
            case Leaf() | Leaves():
                listed = isinstance(value, Leaves) and value.listed
                plainly = not value.mapping and not listed
                return self._from(value, text_of if plainly else _Mapped(value.mapping or {}, listed=listed))
            case list():
                return self._add(Together(tuple(_element(each) for each in value)))
            case dict():
                raise Refused("Unexpected object in input value")
        raise Refused(
            "Encountered `Absent` value while transforming between GraphQL intermediate object notation and JSON"
        )

    def cursor(self, value: Leaf, place: int) -> str:
        """The placeholder of one value of a cursor."""
        return self._from(value, _OfCursor(place))

    def node(self, value: Leaf, place: int) -> str:
        """The placeholder of one value of a node identifier."""
        return self._from(value, _OfNode(place))

    def constant(self, text: bytes | None) -> str:
        return self._add(Constant(text))

    def _from(self, value: Leaf | Leaves, into: Text) -> str:
        if value.path is None:
            return self._add(Constant(into(value.constant)))
        return self._add(FromVariable(value.path, into))

    def _add(self, bind: Bind) -> str:
        if len(self.binds) == _MOST:
            raise Refused("the request has more values than PostgreSQL takes")
        self.binds.append(bind)
        return f"${len(self.binds)}"


@dataclass(slots=True)
class Filling:
    """The variables of one request on their way into its statements.

    Attributes:
        variables: decoded.
        left: bytes that its values may still have.
    """

    variables: Mapping[str, Any]
    left: int = _LARGEST
    _plain: dict[Path, bytes | None] = field(default_factory=dict)

    def values(self, binds: Sequence[Bind]) -> list[bytes | None]:
        """Values to send with a statement.

        Raises:
            Refused: one of them cannot be sent, or all are too large together.
        """
        values: list[bytes | None] = []
        for bind in binds:
            value = self._value(bind)
            self.left -= 0 if value is None else len(value)
            if self.left < 0:
                raise Refused("the values of the request are too large")
            values.append(value)
        return values

    def _value(self, bind: Bind) -> bytes | None:
        match bind:
            case FromVariable(path, into) if into is text_of:
                if path not in self._plain:
                    self._plain[path] = text_of(found(self.variables, path))
                return self._plain[path]
            case FromVariable(path, into):
                return into(found(self.variables, path))
            case Constant(text):
                return text
            case Together(each):
                return text_of([_one_of(element, self.variables) for element in each])


def bound(binds: Sequence[Bind], variables: Mapping[str, Any]) -> list[bytes | None]:
    """Values to send with the only statement of a request.

    Raises:
        Refused: as `Filling.values`.
    """
    return Filling(variables).values(binds)


def text_of(value: Any) -> bytes | None:
    """A JSON value as PostgreSQL's input functions read it; a list of scalars as an array.

    Raises:
        Refused: an object, a list in a list, or a zero byte.
    """
    match value:
        case None:
            return None
        case list() | tuple():
            return ("{" + ",".join([_quoted(each) for each in value]) + "}").encode()
        case dict():
            raise Refused("Unexpected object in input value")
    return _plain(value).encode()


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if "\0" in value:  # libpq would end the value there, and so compare with another
            raise Refused('invalid byte sequence for encoding "UTF8": 0x00')
        return value
    return repr(value)


def _plain_array(value: Any) -> str:
    return "{" + _quoted(value) + "}"


def _quoted(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case list():
            raise Refused("Unexpected array in input value array")
        case dict():
            raise Refused("Unexpected object in input value array")
    escaped = _plain(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _element(value: Value) -> tuple[Path | None, Any, Mapping[str, str] | None]:
    match value:
        case None:
            return None, None, None
        case Leaf():
            return value.path, value.constant, value.mapping
        case Absent():
            raise Refused(
                "Encountered `Absent` value while transforming between GraphQL intermediate object notation and JSON"
            )
        case dict():
            raise Refused("Unexpected object in input value array")
    raise Refused("Unexpected array in input value array")


def _one_of(element: tuple[Path | None, Any, Mapping[str, str] | None], variables: Mapping[str, Any]) -> Any:
    path, constant, mapping = element
    value = constant if path is None else found(variables, path)
    return mapping.get(value, value) if mapping is not None and isinstance(value, str) else value
