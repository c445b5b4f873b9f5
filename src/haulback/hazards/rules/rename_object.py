"""RENAME of a sequence, role, constraint or the like: whoever knows the old name breaks."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.renames import renames
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

# Nothing but its own ALTER and DROP names an index, a policy or a rule.
_EFFECTS = {
    "SEQUENCE": ("sequence", "whoever draws numbers from it by name breaks", Level.WARN),
    "ROLE": ("role", "nobody signs in under the old name, and an MD5 password is cleared", Level.WARN),
    "DATABASE": ("database", "nobody reaches it under the old name", Level.WARN),
    "PUBLICATION": ("publication", "its subscribers, Realtime among them, find nothing under the old name", Level.WARN),
    "TABCONSTRAINT": (
        "constraint",
        "`on conflict on constraint`, hints of the API and clients that read the name in an error miss it",
        Level.NOTE,
    ),
    "TRIGGER": ("trigger", "triggers run in the order of their names", Level.NOTE),
}


def _find(reading: Reading) -> Iterator[Found]:
    for one in renames(reading, *_EFFECTS):
        what, effect, level = _EFFECTS[one.kind]
        yield Found(
            one.seen,
            f"the {what} {one.old} is {one.new} from then on: {effect}",
            subject=one.old,
            advice="Keep the name unless it misleads.",
            level=level,
        )


RULE = Rule(
    "rename-object",
    "A sequence, role, constraint or the like gets another name",
    Family.CLIENTS,
    Level.WARN,
    _find,
    squawk=("renaming-object",),
)
