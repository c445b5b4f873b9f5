"""A constraint added NOT VALID, then validated apart: the strong lock is gone before the rows are read."""

from __future__ import annotations

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rewrites import added, parting
from haulback.hazards.rewrites.added import Added
from haulback.hazards.rewrites.parting import Part


def apart(reading: Reading, one: Added, kind: str) -> str:
    """The statement of a check or foreign key with all of its kind validated after a commit."""

    def part(each: Added) -> Part:
        constraint = each.constraint
        if constraint.skip_validation or not constraint.is_enforced:
            return Part((added.adding(constraint),))
        constraint.conname = each.name(reading)
        constraint.skip_validation, constraint.initially_valid = True, False
        validate = f"{parting.altering(each.seen)} validate constraint {names.identifier(constraint.conname)}"
        return Part((added.adding(constraint),), ("commit", validate))

    return added.parted(reading, one, kind, part)
