"""REASSIGN OWNED: everything of a role gets another owner, and the file names none of it."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts import roles
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("reassign_owned_stmt"):
        new = seen.node.newrole.rolename or "the session's role"
        for old in sorted(roles.of(seen.node.roles)):
            yield Found(
                seen,
                f"everything that {old} owns belongs to {new}: its security definer functions run with the rights of "
                f"{new}, and {new} is above the row security of its tables",
                subject=old,
                advice="Change the owner of each object by name, so that a reader sees which.",
            )


RULE = Rule("reassign-owned", "Everything that a role owns changes its owner", Family.SAFETY, Level.WARN, _find)
