"""__schema and __type: answered from the types, without the database."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import msgspec

from haulback.gateway.graphql.introspection import IntrospectionError, Selected, introspected
from haulback.gateway.graphql.model import Named, ObjectType, Ref, named
from haulback.gateway.graphql.planning.planning import Planning
from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.selecting import Asked
from haulback.gateway.graphql.values import Leaf, Value


def introspection(planning: Planning, root: ObjectType, asked: Asked) -> bytes:
    """The answer, as JSON.

    Raises:
        Refused: something is asked for that is not there.
    """
    field = root.fields[asked.name]
    selected = _selected(planning, field.type, asked, 1)
    try:
        return msgspec.json.encode(introspected(planning.schema, selected))
    except IntrospectionError as wrong:
        raise Refused(str(wrong)) from None


def _selected(planning: Planning, of: Ref, asked: Asked, depth: int) -> Selected:
    arguments = {name: _plain(planning, planning.raw(node)) for name, node in asked.arguments.items()}
    type_ = planning.schema.type(named(of))
    if not isinstance(type_, ObjectType):
        return Selected(asked.key, asked.name, arguments)
    below = tuple(
        _selected(planning, type_.fields[each.name].type if each.name in type_.fields else _UNKNOWN, each, depth + 1)
        for each in planning.fields(asked, type_, depth)
    )
    return Selected(asked.key, asked.name, arguments, below)


_UNKNOWN = Named("")


def _plain(planning: Planning, value: Value) -> object:
    """A scalar itself; the answer depends on it."""
    return planning.given.fact(value, _itself) if isinstance(value, Leaf) else None


def _itself(value: Any) -> Hashable:
    return value if isinstance(value, Hashable) else None
