"""A role's GraphQL schema as lines of GraphQL's own language, without descriptions.

Not as introspection tells it: that of hundreds of tables takes many seconds to be built, sorted and printed, and no
client counts on descriptions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from haulback.gateway.graphql.model import (
    EnumType,
    Field,
    GraphType,
    Input,
    InputType,
    InterfaceType,
    ListOf,
    NonNull,
    ObjectType,
    Ref,
    ScalarType,
    Schema,
)

_BUILT_IN = frozenset({"Int", "Float", "String", "Boolean", "ID"})
_META = "__"


def lines(schema: Schema) -> Iterator[str]:
    """The types in alphabetical order, each with an empty line behind it; the same schema is the same lines."""
    for name in schema.names():
        found = schema.type(name)
        if found is not None and not name.startswith(_META) and name not in _BUILT_IN:
            yield from _type(found)
            yield ""


def _type(found: GraphType) -> Iterator[str]:
    match found:
        case ScalarType():
            yield f"scalar {found.name}"
        case EnumType():
            yield from _block(f"enum {found.name}", found.values)
        case InputType():
            yield from _block(f"input {found.name}", _inputs(found.fields))
        case InterfaceType():
            yield from _block(f"interface {found.name}", _fields(found.fields))
        case ObjectType():
            implements = f" implements {' & '.join(found.interfaces)}" if found.interfaces else ""
            yield from _block(f"type {found.name}{implements}", _fields(found.fields))


def _block(head: str, members: Iterable[str]) -> Iterator[str]:
    yield f"{head} {{"
    for member in sorted(members):
        yield f"  {member}"
    yield "}"


def _fields(fields: Mapping[str, Field]) -> Iterator[str]:
    for one in fields.values():
        if not one.name.startswith(_META):
            given = ", ".join(sorted(_inputs(one.arguments)))
            yield f"{one.name}{f'({given})' if given else ''}: {written(one.type)}"


def _inputs(inputs: Mapping[str, Input]) -> Iterator[str]:
    for one in inputs.values():
        default = "" if one.default is None else f" = {one.default}"
        yield f"{one.name}: {written(one.type)}{default}"


def written(ref: Ref) -> str:
    """A type where it is used: `[notes!]!`."""
    match ref:
        case NonNull():
            return f"{written(ref.of)}!"
        case ListOf():
            return f"[{written(ref.of)}]"
        case _:
            return ref.name
