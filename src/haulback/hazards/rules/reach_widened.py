"""The rehearsal tried as anon and as two users, before and after: somebody reaches more."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    rehearsal = reading.known.rehearsal
    first = next(iter(reading.statements), None)
    if rehearsal is None or first is None or not reading.is_last:
        return
    for what, proved in rehearsal.widened:
        table = what.rpartition(" ")[2]
        how = "tried on the shadow with rows of two users" if proved else "by its privileges and policies"
        yield Found(
            first,
            f"{what} after these migrations, and could not before ({how})",
            subject=table,
            level=Level.BLOCK if proved else Level.WARN,
            advice="Narrow the policy or the grant; accept it for this deployment if everybody is meant to.",
        )


RULE = Rule(
    "reach-widened",
    "Somebody reaches rows that they could not reach before",
    Family.EXPOSES,
    Level.WARN,
    _find,
    measured=True,
)
