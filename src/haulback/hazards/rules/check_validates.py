"""A check added without NOT VALID: every row is read while nobody gets at the table."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.reading import Reading
from haulback.hazards.rewrites import validation
from haulback.hazards.rewrites.added import added
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in added(reading, "CONSTR_CHECK"):
        if one.constraint.skip_validation or not one.constraint.is_enforced:
            continue
        name = one.name(reading)
        yield Found(
            one.seen,
            f"nobody reads or writes {one.table} until every row has passed the check {name}",
            table=one.table,
            subject=f"{one.table}.{name}",
            rewrite=validation.apart(reading, one, "CONSTR_CHECK"),
        )


RULE = Rule(
    "check-validates",
    "A check is added and every row read for it while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.SCAN,
    squawk=("constraint-missing-not-valid",),
)
