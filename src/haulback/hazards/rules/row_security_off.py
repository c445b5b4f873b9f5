"""row_security = off: queries that a policy would limit fail, or see everything."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.settings import settings
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in settings(reading):
        if one.name == "row_security" and one.is_off:
            yield Found(
                one.seen,
                f"queries that a policy would limit fail instead, {one.lasting}",
                subject=one.kept or "session",
                advice="Leave it out, unless a migration must be sure to see every row.",
                level=Level.WARN if one.kept else Level.NOTE,
            )


RULE = Rule("row-security-off", "Policies are not applied but make queries fail", Family.SAFETY, Level.NOTE, _find)
