"""An enum value used in the file that adds it."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.transactions import command
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    made = {names.qualified(names.words(one.node.type_name)) for one in reading.of("create_enum_stmt")}
    for seen in reading.of("alter_enum_stmt"):
        node = seen.node
        type_ = names.qualified(names.words(node.type_name))
        if node.new_val and not node.old_val and type_ not in made and (use := _use(reading, seen, node.new_val)):
            yield Found(
                use,
                f"the value {node.new_val!r} of {type_} is used in the file that adds it: Haulback commits line"
                f" {seen.line} before, every tool that runs the file in one transaction fails here",
                subject=type_,
                advice="Add the value in an earlier file.",
            )


def _use(reading: Reading, seen: Seen, value: str) -> Seen | None:
    """The first statement behind it whose text holds the value as a literal, if the file has not committed before."""
    literal = "'" + value.replace("'", "''") + "'"
    commits = [one.number for one in reading.of("transaction_stmt") if command(one.node) == "COMMIT"]
    end = min((number for number in commits if number > seen.number), default=len(reading.statements))
    for one in reading.statements:
        if seen.number < one.number < end and one.name not in _NO_USE and literal in one.text:
            return one
    return None


# The body of a function is not run by the migration, and a comment is only text.
_NO_USE = frozenset({"alter_enum_stmt", "create_function_stmt", "comment_stmt", "create_enum_stmt"})

RULE = Rule("enum-value-used", "An enum value is used in the file that adds it", Family.MIXES, Level.NOTE, _find)
