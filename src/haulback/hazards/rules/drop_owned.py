"""DROP OWNED: everything of a role goes, and the file names none of it."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import roles
from haulback.hazards.facts.catalog import shown
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.hazards.wording import listed
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    kept: set[str] = set()  # roles whose objects this file gives away: only grants are left to drop
    for seen in reading.statements:
        if seen.name == "reassign_owned_stmt":
            kept |= roles.of(seen.node.roles)
        elif seen.name == "drop_owned_stmt":
            for role in sorted(roles.of(seen.node.roles) - kept):
                yield _told(reading, seen, role)


def _told(reading: Reading, seen: Seen, role: str) -> Found:
    return Found(
        seen,
        f"everything that the role {role} owns goes with its rows, and its grants with it{_owned(reading, role)}",
        subject=role,
        advice=f"Give its objects to another role first: reassign owned by {names.identifier(role)} to postgres.",
    )


def _owned(reading: Reading, role: str) -> str:
    if reading.known.schema is None:
        return "; the file names none of it"
    owned = [
        shown(one)
        for one in reading.known.schema
        if one.parent is None and names.parts(str(one.facets.get("owner") or "-")) == [role]
    ]
    return f": {listed(owned)}" if owned else "; it owns nothing now"


RULE = Rule("drop-owned", "Everything that a role owns is dropped", Family.DESTROYS, Level.WARN, _find)
