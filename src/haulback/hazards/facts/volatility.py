"""Whether an expression gives another value for every row."""

from __future__ import annotations

from haulback.hazards import names
from haulback.hazards.facts import trees
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.reading import Reading
from haulback.migrations.grammar import Node

# Of the server and of the extensions that defaults are made with. now() and current_timestamp are stable.
_TEXT = """
    clock_timestamp currval gen_random_bytes gen_random_uuid gen_salt lastval nextval random random_normal setval
    timeofday uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 uuid_generate_v6 uuid_generate_v7 uuidv4 uuidv7
"""
NAMES = frozenset(_TEXT.split())


def volatile(reading: Reading, expression: Node) -> str:
    """The first function in it that does; empty where none is known to."""
    for call in sorted(trees.inside(expression, "FuncCall"), key=lambda one: int(one.location)):
        if _is_volatile(reading, [one.string.sval for one in call.funcname]):
            return trees.called(call)
    return ""


def _is_volatile(reading: Reading, name: list[str]) -> bool:
    bare = name[-1]
    if len(name) == 1 or name[0] in {"pg_catalog", "extensions"}:
        if bare in NAMES:
            return True
        if name[0] == "pg_catalog":
            return False
    told = reading.declared.history.volatile.get(bare)
    return told if told is not None else _known_volatile(reading, bare)


def _known_volatile(reading: Reading, bare: str) -> bool:
    """A function of the target is volatile unless its definition says otherwise."""
    if reading.known.schema is None:
        return False
    for name, found in catalog(reading.known.schema).by_name.get("function", {}).items():
        if names.bare(name) == bare:
            words = found[0].facets["definition"].partition("AS $")[0].split()
            return not {"IMMUTABLE", "STABLE"} & set(words)
    return False
