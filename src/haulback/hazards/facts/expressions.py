"""What expressions and queries say: small questions that the rules on who may read ask of their trees."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.migrations.grammar import Node, enum

# Functions that give the same answer for every row of a query.
PER_QUERY = frozenset({"auth.uid", "auth.jwt", "auth.role", "auth.email", "current_setting"})
CLAIMS = frozenset({"auth.jwt", "current_setting"})


def within(*roots: Node) -> Iterator[Node]:
    """Every node of the trees, parents before children, from left to right."""
    open_nodes = list(reversed(roots))  # a list of its own, since a tree may be deeper than Python goes
    while open_nodes:
        node = open_nodes.pop()
        yield node
        open_nodes.extend(reversed(_children(node)))


def per_row(*roots: Node) -> Iterator[Node]:
    """Every node that is computed for each row: what stands in a `(select ...)` without FROM is left out."""
    open_nodes = list(reversed(roots))
    while open_nodes:
        node = open_nodes.pop()
        if node.DESCRIPTOR.name == "SubLink" and _is_plain(bare(node.subselect)):
            continue
        yield node
        open_nodes.extend(reversed(_children(node)))


def bare(node: Node) -> Node:
    """The node without the wrapper that holds one of any kind."""
    while node.DESCRIPTOR.name == "Node" and node.WhichOneof("node"):
        node = getattr(node, node.WhichOneof("node"))
    return node


def called(call: Node) -> str:
    """The name of the function of a FuncCall with its schema, pg_catalog left out."""
    return ".".join(part for part in names.words(call.funcname) if part != "pg_catalog")


def calls(*roots: Node) -> Iterator[Node]:
    """The FuncCalls in the trees."""
    return (node for node in within(*roots) if node.DESCRIPTOR.name == "FuncCall")


def text(node: Node) -> str | None:
    """The value of a constant text, casts of it included."""
    node = bare(node)
    if node.DESCRIPTOR.name == "TypeCast":
        return text(node.arg)
    if node.DESCRIPTOR.name == "A_Const" and node.WhichOneof("val") == "sval":
        return str(node.sval.sval)
    return None


def is_true(node: Node) -> bool:
    """Whether an expression is true for every row: `true`, `(select true)`, `1 = 1`, `true or ...`."""
    node = bare(node)
    match node.DESCRIPTOR.name:
        case "A_Const":
            return node.WhichOneof("val") == "boolval" and bool(node.boolval.boolval)
        case "TypeCast":
            return text(node.arg) in {"t", "true"}
        case "SubLink":
            select = bare(node.subselect)
            return _is_plain(select) and len(select.target_list) == 1 and is_true(select.target_list[0].res_target.val)
        case "A_Expr":
            sides = [bare(side) for side in (node.lexpr, node.rexpr)]
            constant = all(side.DESCRIPTOR.name == "A_Const" for side in sides)
            return names.words(node.name) == ["="] and constant and _value(sides[0]) == _value(sides[1])
        case "BoolExpr":
            return enum(node, "boolop") == "OR_EXPR" and any(is_true(one) for one in node.args)
    return False


def columns(*roots: Node) -> Iterator[list[str]]:
    """The parts of each column reference; `*` for a star."""
    for node in within(*roots):
        if node.DESCRIPTOR.name == "ColumnRef":
            yield [one.string.sval if one.HasField("string") else "*" for one in node.fields]


def relations(*roots: Node) -> Iterator[Node]:
    """The RangeVars in the trees, names of WITH queries left out."""
    nodes = list(within(*roots))
    named = {node.ctename for node in nodes if node.DESCRIPTOR.name == "CommonTableExpr"}
    for node in nodes:
        if node.DESCRIPTOR.name == "RangeVar" and (node.schemaname or node.relname not in named):
            yield node


def _children(node: Node) -> list[Node]:
    found: list[Node] = []
    for descriptor, value in node.ListFields():
        if descriptor.message_type is not None:
            if descriptor.is_repeated:
                found.extend(value)
            else:
                found.append(value)
    return found


def _is_plain(select: Node) -> bool:
    return bool(select.DESCRIPTOR.name == "SelectStmt" and not select.from_clause and not select.HasField("larg"))


def _value(constant: Node) -> tuple[str | None, bytes]:
    which = constant.WhichOneof("val")
    value = getattr(constant, which) if which else None
    return which, value.SerializeToString() if value is not None else b""
