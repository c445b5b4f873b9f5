"""CREATE OR REPLACE of what is there: what it was before, from the files or the target."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import column_types
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.facts.object_names import arguments
from haulback.hazards.facts.objects import objects
from haulback.hazards.facts.promises import promises
from haulback.hazards.reading import Reading, Seen
from haulback.migrations import grammar
from haulback.migrations.grammar import Node, NotSql, enum


def functions_before(reading: Reading, seen: Seen) -> list[Node]:
    """The CREATE FUNCTIONs of that name that stand when a statement begins, as far as anybody knows."""
    name = names.qualified(names.words(seen.node.funcname))
    told = promises(reading).functions.before(name, seen)
    if told is not None:
        return told
    if reading.known.schema is None:
        return []
    held = catalog(reading.known.schema).find(("function",), name)
    return [tree for one in held for tree in _parsed(str(one.facets.get("definition", "")))]


def columns_before(reading: Reading, seen: Seen) -> list[str | None] | None:
    """The columns of the view that a CREATE OR REPLACE VIEW replaces; None where nobody knows."""
    name = names.relation(seen.node.view)
    told = promises(reading).views.before(name, seen)
    if told is not None:
        return columns(told[-1]) if told else None
    held = catalog(reading.known.schema).one("view", name) if reading.known.schema else None
    return [names.parts(one)[0] for one, _ in held.facets.get("columns") or ()] if held else None


def is_certain(reading: Reading, seen: Seen) -> bool:
    """Whether nothing in the file may have dropped it meanwhile in a way that no tree tells."""
    found = objects(reading)
    cascades = any(one.cascade and one.position < found.position(seen) for one in found.drops)
    return not cascades and not any(True for _ in reading.of("do_stmt"))


def columns(view: Node) -> list[str | None]:
    """The names of a CREATE VIEW's columns; None where nobody can tell one, and the rest left out after a `*`."""
    given: list[str | None] = [one.string.sval for one in view.aliases]
    select = view.query.select_stmt
    while select.HasField("larg"):
        select = select.larg
    found: list[str | None] = []
    for target in select.target_list:
        one = target.res_target
        if not one.name and _is_star(one.val):
            found.append(STAR)
            break
        found.append(one.name or _own_name(one.val))
    return given + found[len(given) :]


def differing(old: list[str | None], new: list[str | None]) -> str:
    """Why a view with the old columns cannot be replaced by one with the new ones; empty where it can."""
    for before, after in zip(old, new, strict=False):
        if STAR in {before, after}:
            return ""
        if before and after and before != after:
            return f"its column {before} would become {after}"
    if STAR not in new and STAR not in old and len(new) < len(old):
        return f"its column {old[len(new)] or len(new) + 1} would go"
    return ""


def result(function: Node) -> str:
    """What a function returns, as one text; empty where the text does not tell."""
    if function.return_type.pct_type:
        return ""
    outputs = [
        (one.function_parameter.name, _word(one.function_parameter.arg_type))
        for one in function.parameters
        if enum(one.function_parameter, "mode") in {"FUNC_PARAM_OUT", "FUNC_PARAM_INOUT", "FUNC_PARAM_TABLE"}
    ]
    several = "setof " if function.return_type.setof else ""
    if outputs and (len(outputs) > 1 or any(_is_table(one) for one in function.parameters)):
        return several + "(" + ", ".join(f"{name} {word}" for name, word in outputs) + ")"
    return several + (outputs[0][1] if outputs else _word(function.return_type))


def inputs(function: Node) -> list[tuple[str, str, bool]]:
    """(name, type, whether it has a default) of what a caller gives."""
    given = [one.function_parameter for one in function.parameters]
    return [
        (one.name, _word(one.arg_type), one.HasField("defexpr"))
        for one in given
        if enum(one, "mode") not in {"FUNC_PARAM_OUT", "FUNC_PARAM_TABLE"}
    ]


def same_arguments(one: Node, other: Node) -> bool:
    return [names.bare(word) for word in arguments(one.parameters)] == [
        names.bare(word) for word in arguments(other.parameters)
    ]


def _word(type_name: Node) -> str:
    """A type without its schema, which may come from a search_path, and without limits, which do not count."""
    return names.bare(column_types.split(column_types.of_tree(type_name))[0])


def _is_table(parameter: Node) -> bool:
    return enum(parameter.function_parameter, "mode") == "FUNC_PARAM_TABLE"


def _parsed(definition: str) -> Iterator[Node]:
    try:
        yield from (one.node for one in grammar.statements(definition.encode()))
    except NotSql:
        return


def _is_star(value: Node) -> bool:
    return bool(value.HasField("column_ref") and value.column_ref.fields[-1].HasField("a_star"))


def _own_name(value: Node) -> str | None:
    """What the server calls a column without AS, in the simple cases."""
    match value.WhichOneof("node"):
        case "column_ref":
            return str(value.column_ref.fields[-1].string.sval)
        case "func_call":
            return str(value.func_call.funcname[-1].string.sval)
        case "coalesce_expr":
            return "coalesce"
    return None


STAR = "*"
