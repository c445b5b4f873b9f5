"""Statements that a DO block puts together while it runs: what runs is not in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from haulback.hazards.reading import Reading, Seen
from haulback.migrations import grammar
from haulback.migrations.grammar import Node, NotSql


@dataclass(frozen=True, slots=True)
class Dynamic:
    """One statement whose text is made while the block runs.

    Attributes:
        expression: that makes the text.
        words: the literals in it, and in what is assigned to a lone variable; lower-case, in order.
        line: of the file.
    """

    seen: Seen
    expression: str
    words: str
    line: int


def dynamic(reading: Reading) -> Iterator[Dynamic]:
    """The dynamic statements of the file's DO blocks in PL/pgSQL; those whose text is one literal are left out."""
    for seen in reading.of("do_stmt"):
        if "execute" not in seen.text.lower():
            continue
        try:
            tree = grammar.plpgsql(seen.text)
        except NotSql:
            continue
        assigned = dict(_assigned(tree))
        first = seen.line + seen.text[: seen.text.find("$") + 1].count("\n")
        for line, expression in _executed(tree, 1):
            words = _words(expression)
            if words is None:
                continue
            variable = expression.strip().lower()
            yield Dynamic(seen, expression, (words or assigned.get(variable, "")).lower(), first + line - 1)


def languages(reading: Reading) -> Iterator[tuple[Seen, str]]:
    """The DO blocks in another language, which no parser here reads: statement, language."""
    for seen in reading.of("do_stmt"):
        for one in seen.node.args:
            language = one.def_elem.arg.string.sval.lower()
            if one.def_elem.defname == "language" and language != "plpgsql":
                yield seen, language


def _executed(part: Any, line: int) -> Iterator[tuple[int, str]]:
    """(line in the body, expression) of each text that is run, in order."""
    if isinstance(part, list):
        for one in part:
            yield from _executed(one, line)
    elif isinstance(part, dict):
        here = part.get("lineno", line)
        for key, value in part.items():
            if key in _RUNNING and (query := value.get(_RUNNING[key])):
                yield value.get("lineno", here), query["PLpgSQL_expr"]["query"]
            yield from _executed(value, here)


def _assigned(part: Any) -> Iterator[tuple[str, str]]:
    """(variable, literals in what it is set to), of assignments and defaults; the last one of a name counts."""
    if isinstance(part, list):
        for one in part:
            yield from _assigned(one)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key == "PLpgSQL_var" and "default_val" in value:
                yield value["refname"].lower(), _words(value["default_val"]["PLpgSQL_expr"]["query"], whole=True) or ""
            elif key == "PLpgSQL_stmt_assign":
                variable, _, text = value["expr"]["PLpgSQL_expr"]["query"].partition("=")
                yield variable.strip(" :").lower(), _words(text, whole=True) or ""
            else:
                yield from _assigned(value)


def _words(expression: str, *, whole: bool = False) -> str | None:
    """The string literals of an expression, put together; None where it is one literal and `whole` is not wanted."""
    try:
        (parsed,) = grammar.statements(f"select {expression}".encode())
    except (NotSql, ValueError):
        return ""
    targets = parsed.node.target_list
    if not whole and len(targets) == 1 and targets[0].res_target.val.HasField("a_const"):
        return None
    return "".join(_literals(parsed.node))


def _literals(node: Node) -> Iterator[str]:
    for descriptor, value in node.ListFields():
        if descriptor.message_type is not None:
            for one in value if descriptor.is_repeated else [value]:
                if one.DESCRIPTOR.name == "A_Const":
                    yield one.sval.sval
                else:
                    yield from _literals(one)


_RUNNING = {
    "PLpgSQL_stmt_dynexecute": "query",
    "PLpgSQL_stmt_dynfors": "query",
    "PLpgSQL_stmt_open": "dynquery",
}
