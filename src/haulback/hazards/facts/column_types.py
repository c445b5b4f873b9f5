"""Types as one text, the same from a parse tree and from the catalogs: `varchar(10)`, `int4[]`, `app.status`."""

from __future__ import annotations

from functools import lru_cache

from haulback.hazards import names
from haulback.migrations import grammar
from haulback.migrations.grammar import Node, NotSql

_SERIAL = {
    "serial": "int4",
    "serial4": "int4",
    "bigserial": "int8",
    "serial8": "int8",
    "smallserial": "int2",
    "serial2": "int2",
}
_SAME = {"decimal": "numeric", "bpchar": "char", "character": "char"}


def of_tree(type_name: Node) -> str:
    """The text of a TypeName."""
    words = names.words(type_name.names)
    if not words:
        return "none"  # the missing side of an operator
    if words[0] in {"pg_catalog", names.DEFAULT_SCHEMA}:
        words = words[1:]
    word = names.dotted(*words)
    word = _SERIAL.get(word, _SAME.get(word, word))
    modifiers = [one.a_const.ival.ival for one in type_name.typmods if one.HasField("a_const")]
    if word == "interval":
        modifiers = []
    shown = f"{word}({','.join(map(str, modifiers))})" if modifiers else word
    return shown + ("[]" if type_name.array_bounds else "")


@lru_cache(maxsize=1024)
def of_catalog(shown: str) -> str:
    """The same text from what format_type shows, such as `timestamp with time zone`."""
    try:
        (parsed,) = grammar.statements(f"select null::{shown}".encode())
    except NotSql:
        return shown
    return of_tree(parsed.node.target_list[0].res_target.val.type_cast.type_name)


def split(type_: str) -> tuple[str, tuple[int, ...]]:
    """(word, modifiers): `varchar(10)` -> (`varchar`, (10,))."""
    word, _, rest = type_.partition("(")
    if not rest or not rest.endswith(")"):
        return type_, ()
    return word, tuple(int(part) for part in rest[:-1].split(","))
