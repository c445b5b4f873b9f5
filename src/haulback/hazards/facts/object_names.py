"""The names of objects as DROP, ALTER and CREATE say them, the same for all three."""

from __future__ import annotations

from haulback.hazards import names
from haulback.hazards.facts import column_types
from haulback.migrations import grammar
from haulback.migrations.grammar import Node

OF_A_TABLE = frozenset({"TRIGGER", "POLICY", "RULE"})


def arguments(parameters: Node) -> tuple[str, ...]:
    """The types that tell a function from others of its name, from its list of parameters."""
    found = []
    for one in parameters:
        parameter = one.function_parameter
        if grammar.enum(parameter, "mode") not in {"FUNC_PARAM_OUT", "FUNC_PARAM_TABLE"}:
            found.append(column_types.split(column_types.of_tree(parameter.arg_type))[0])
    return tuple(found)


def member(table: str, name: str) -> str:
    """The name of what is only unique in a table."""
    return f"{table}.{names.dotted(name)}"


def named(kind: str, one: Node) -> tuple[str, str, tuple[str, ...] | None]:
    """(name, table, arguments) of an object of this kind; a table only where the name is only unique in it."""
    match one.WhichOneof("node"):
        case "string":
            return names.dotted(one.string.sval), "", None
        case "type_name":
            return names.qualified(names.words(one.type_name.names)), "", None
        case "object_with_args":
            node = one.object_with_args
            types = (column_types.of_tree(each.type_name) for each in node.objargs)
            listed = None if node.args_unspecified else tuple(column_types.split(one)[0] for one in types)
            return names.qualified(names.words(node.objname)), "", listed
    items = one.list.items
    if kind == "CAST":
        source, target = (column_types.of_tree(each.type_name) for each in items)
        return f"({source} as {target})", "", None
    listed_words = [each.string.sval for each in items if each.HasField("string")]
    if kind in OF_A_TABLE:
        *table, name = listed_words
        owner = names.qualified(table)
        return member(owner, name), owner, None
    return names.qualified(listed_words), "", None
