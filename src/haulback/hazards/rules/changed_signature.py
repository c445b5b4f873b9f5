"""A function that gets other arguments or another result: callers break, or the statement fails."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.drops import Drop
from haulback.hazards.facts.objects import objects
from haulback.hazards.facts.replacing import functions_before, inputs, is_certain, result, same_arguments
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level

_ADVICE = "Make the new one beside the old one under another name, and drop the old one when no client calls it."


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    dropped = {one.name: one for one in found.drops if one.kind in {"FUNCTION", "PROCEDURE", "ROUTINE"}}
    for seen in reading.of("create_function_stmt"):
        name = names.qualified(names.words(seen.node.funcname))
        old = dropped.get(name)
        if old is not None and old.position < found.position(seen):
            if not found.temporary(old) and not found.made_again(old) and not _fits(old, seen.node):
                yield _made_anew(seen, old.signature, name)
            continue
        before = functions_before(reading, seen)
        if seen.node.replace:
            yield from _replaced(reading, seen, name, before)


def _fits(old: Drop, new: Node) -> bool:
    """Whether calls of the old form go on: its arguments come first, and those behind them have defaults."""
    given = inputs(new)
    first = tuple(names.bare(one) for one in old.arguments or ())
    return tuple(word for _, word, _ in given[: len(first)]) == first and all(
        default for _, _, default in given[len(first) :]
    )


def _made_anew(seen: Seen, old: str, name: str) -> Found:
    return Found(
        seen,
        f"whoever calls {old} breaks: {name} takes other arguments from then on",
        subject=old,
        advice=_ADVICE,
    )


def _replaced(reading: Reading, seen: Seen, name: str, before: list[Node]) -> Iterator[Found]:
    alike = [one for one in before if same_arguments(one, seen.node)]
    if alike:
        problem = _refused(alike[-1], seen.node)
        if problem:
            yield Found(
                seen,
                f"the statement fails: {problem}, which create or replace cannot change",
                subject=name,
                advice=f"Drop {name} first in the same migration, and give its grants again.",
                level=Level.BLOCK if is_certain(reading, seen) else Level.WARN,
            )
    elif before:
        yield Found(
            seen,
            f"{name} is there with other arguments and stays: calls that fit both fail as ambiguous",
            subject=name,
            advice="Drop the old one in the same migration if it shall be replaced.",
        )


def _refused(old: Node, new: Node) -> str:
    """What the server does not let a replacement change."""
    first, second = result(old), result(new)
    if first and second and first != second:
        return f"it returned {first} and would return {second}"
    for (name, _, default), (new_name, _, new_default) in zip(inputs(old), inputs(new), strict=True):
        if name and name != new_name:
            return f"its argument {name} would be called {new_name or 'nothing'}"
        if default and not new_default:
            return f"its argument {new_name or name} would lose its default"
    return ""


RULE = Rule("changed-signature", "A function changes its arguments or its result", Family.CLIENTS, Level.WARN, _find)
