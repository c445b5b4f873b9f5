"""ALTER FUNCTION: how a function runs changes, and its text does not."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    for seen in reading.of("alter_function_stmt"):
        name = names.qualified(names.words(seen.node.func.objname))
        effects = [effect for one in seen.node.actions if (effect := _effect(one.def_elem))]
        if effects and not found.made("FUNCTION", name, before=found.position(seen)):
            yield Found(
                seen,
                f"{name} {' and '.join(effects)} from then on",
                subject=name,
                advice="See who calls it, and what they count on.",
            )


def _effect(option: Node) -> str:
    match option.defname:
        case "security":
            return (
                "runs with the rights of its owner" if option.arg.boolean.boolval else "runs with its caller's rights"
            )
        case "volatility":
            return _VOLATILITY.get(option.arg.string.sval, "")
        case "strict":
            return "gives null for any null" if option.arg.boolean.boolval else "is called with nulls, too"
        case "leakproof" if option.arg.boolean.boolval:
            return "is run on rows that row security hides"
    return ""


_VOLATILITY = {
    "volatile": "is called anew for every row",
    "stable": "is taken to give one result within a statement, and writes no more",
    "immutable": "is taken to give one result for ever, also in indexes",
}

RULE = Rule("function-altered", "How a function runs changes", Family.CLIENTS, Level.NOTE, _find)
