"""Values that stand in a query."""

from __future__ import annotations

from collections.abc import Mapping

from graphql.language import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)

from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.values import ABSENT, Given, Kind, Leaf, Leaves, Scalar, Value

_INT64 = range(-(2**63), 2**63)


def value_of(node: ValueNode, given: Given, defaults: Mapping[str, ValueNode], depth: int) -> Value:
    """What a value in a query stands for.

    Args:
        node: of the query.
        given: the variables; those that nobody declared count too.
        defaults: of the variables that have one.
        depth: levels that it may have.

    Raises:
        Refused: an integer that no 64 bits hold, too many levels or values.
    """
    if depth == 0:
        raise Refused("value is nested too deeply")
    match node:
        case VariableNode():
            name = node.name.value
            value = given.variable(name)
            if value is ABSENT and name in defaults:
                return value_of(defaults[name], given, {}, depth - 1)
            return value
        case ListValueNode():
            given.look(len(node.values))
            return _list([value_of(each, given, defaults, depth - 1) for each in node.values])
        case ObjectValueNode():
            given.look(len(node.fields))
            return {each.name.value: value_of(each.value, given, defaults, depth - 1) for each in node.fields}
    return _scalar(node)


def _scalar(node: ValueNode) -> Value:
    match node:
        case BooleanValueNode():
            return Leaf(Kind.BOOLEAN, constant=node.value)
        case IntValueNode():
            # No 64 bits have more digits; a thousand of them would take long to read.
            if len(node.value) > len(str(_INT64.start)) or int(node.value) not in _INT64:
                raise Refused("Invalid Int input")
            return Leaf(Kind.INTEGER, constant=int(node.value))
        case FloatValueNode():
            return Leaf(Kind.FLOAT, constant=float(node.value))
        case StringValueNode() | EnumValueNode():
            return Leaf(Kind.STRING, constant=node.value)
        case NullValueNode():
            return None
    raise Refused(f"a {node.kind} cannot be a value")


def _list(values: list[Value]) -> Value:
    """The list, as one of scalars where it is one, so that a variable of the same values is no other value."""
    constants: list[Scalar] = []
    kinds: set[Kind] = set()
    for each in values:
        if each is None:
            constants.append(None)
            kinds.add(Kind.NULL)
        elif isinstance(each, Leaf) and each.path is None:
            constants.append(each.constant)
            kinds.add(each.kind)
        else:
            return values
    return Leaves(frozenset(kinds), constant=tuple(constants))
