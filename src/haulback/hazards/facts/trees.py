"""What stands inside a part of a tree: an expression, a clause."""

from __future__ import annotations

from haulback.migrations.grammar import Node, enum


def inside(node: Node, kind: str) -> list[Node]:
    """The nodes of one kind (such as `FuncCall`) at or below this one, in no particular order."""
    found = []
    left = [node]
    while left:  # a list of its own, since a tree may be deeper than Python goes
        one = left.pop()
        if one.DESCRIPTOR.name == kind:
            found.append(one)
        for descriptor, value in one.ListFields():
            if descriptor.message_type is not None:
                left.extend(value if descriptor.is_repeated else [value])
    return found


def called(node: Node) -> str:
    """The bare name of the function that a FuncCall calls."""
    return str(node.funcname[-1].string.sval)


def columns(node: Node) -> list[str]:
    """The columns that an expression reads, each once, in the order of their names."""
    found = {one.fields[-1].string.sval for one in inside(node, "ColumnRef") if one.fields[-1].HasField("string")}
    return sorted(found)


def conjuncts(node: Node) -> list[Node]:
    """The parts of an expression that must all hold."""
    if node.HasField("bool_expr") and enum(node.bool_expr, "boolop") == "AND_EXPR":
        return [part for one in node.bool_expr.args for part in conjuncts(one)]
    return [node]


def proven_not_null(node: Node) -> list[str]:
    """The columns of which a check says that they are not null."""
    found = []
    for one in conjuncts(node):
        if one.HasField("null_test") and enum(one.null_test, "nulltesttype") == "IS_NOT_NULL":
            argument = one.null_test.arg
            if argument.HasField("column_ref"):
                found.append(argument.column_ref.fields[-1].string.sval)
    return found
