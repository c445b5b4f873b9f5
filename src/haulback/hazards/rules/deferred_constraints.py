"""SET CONSTRAINTS ... DEFERRED: what does not hold shows at the commit, far from what broke it."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    told = list(reading.of("constraints_set_stmt"))
    for place, seen in enumerate(told):
        if seen.node.deferred and all(other.node.deferred for other in told[place + 1 :]):
            yield Found(
                seen,
                "constraints are checked at the commit: what breaks one shows there, without its statement, "
                "and pending checks keep ALTER TABLE of those tables from running",
                advice="Write set constraints all immediate behind the statements that need it.",
            )


RULE = Rule("deferred-constraints", "Constraints are checked only at the commit", Family.SAFETY, Level.NOTE, _find)
