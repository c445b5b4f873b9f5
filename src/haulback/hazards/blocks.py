"""The statements inside DO blocks: they run with the migration, and only a parse of the body shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from haulback.hazards.reading import Seen
from haulback.migrations import grammar
from haulback.migrations.grammar import NotSql


def inside(seen: Seen) -> Iterator[Seen]:
    """The statements of a DO block in PL/pgSQL, and those of its EXECUTEs whose text is a plain literal.

    A body in another language, or one that does not parse, shows nothing: the rehearsal does.
    """
    body = _body(seen)
    if body is None:
        return
    try:
        tree = grammar.plpgsql(seen.text)
    except NotSql:
        return
    first = seen.line + seen.text[: seen.text.index(body)].count("\n") if body in seen.text else seen.line
    for line, text, dynamic in _queries(tree, 1):
        for parsed in _parsed(text, dynamic=dynamic):
            yield replace(
                seen,
                name=parsed.name,
                text=text,
                line=first + line - 1,
                column=1,
                inside=True,
                dynamic=dynamic,
                tree=parsed.node,
                origin=parsed.origin,
            )


def _body(seen: Seen) -> str | None:
    arguments = {one.def_elem.defname: one.def_elem.arg.string.sval for one in seen.node.args}
    return arguments.get("as") if arguments.get("language", "plpgsql").lower() == "plpgsql" else None


def _queries(part: Any, line: int) -> Iterator[tuple[int, str, bool]]:
    """(line in the body, text, whether it is the expression of an EXECUTE), in order."""
    if isinstance(part, list):
        for one in part:
            yield from _queries(one, line)
    elif isinstance(part, dict):
        here = part.get("lineno", line)
        for key, value in part.items():
            if key == "PLpgSQL_stmt_dynexecute":
                yield value.get("lineno", here), value["query"]["PLpgSQL_expr"]["query"], True
            elif key == "PLpgSQL_stmt_execsql":
                yield value.get("lineno", here), value["sqlstmt"]["PLpgSQL_expr"]["query"], False
            else:
                yield from _queries(value, here)


def _parsed(text: str, *, dynamic: bool) -> list[grammar.Parsed]:
    """The statement; for an EXECUTE that of its literal, if it is one."""
    try:
        if not dynamic:
            return list(grammar.statements(text.encode()))
        constant = _literal(text)
        return list(grammar.statements(constant.encode())) if constant is not None else []
    except NotSql:
        return []


def _literal(expression: str) -> str | None:
    """The value of an expression that is one string literal."""
    (parsed,) = grammar.statements(f"select {expression}".encode())
    targets = parsed.node.target_list
    value = targets[0].res_target.val if len(targets) == 1 else None
    if value is not None and value.WhichOneof("node") == "a_const" and value.a_const.HasField("sval"):
        return str(value.a_const.sval.sval)
    return None
