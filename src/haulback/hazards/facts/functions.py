"""What CREATE FUNCTION says about rights."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.standing import body, function, options, pins
from haulback.hazards.reading import Reading, Seen

__all__ = ["body", "is_definer", "is_trigger", "lasting", "pins"]


def lasting(reading: Reading) -> Iterator[tuple[str, Seen]]:
    """The functions that this file has the last word on: name and statement."""
    standing = reading.declared.standing.functions
    for seen in reading.of("create_function_stmt"):
        name = function(seen.node.funcname)
        if any(one is seen for one in standing.get(name, ())):
            yield name, seen


def is_definer(seen: Seen) -> bool:
    """Whether it runs with the rights of its owner."""
    return any(one.arg.boolean.boolval for one in options(seen.node.options, "security"))


def is_trigger(seen: Seen) -> bool:
    """Whether only a trigger can call it."""
    return bool(names.words(seen.node.return_type.names)[-1:]) and names.words(seen.node.return_type.names)[-1] in {
        "trigger",
        "event_trigger",
    }
