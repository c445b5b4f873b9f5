"""synchronous_commit = off: what was acknowledged may be lost in a crash."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.settings import settings
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in settings(reading):
        if one.name == "synchronous_commit" and one.is_off:
            yield Found(
                one.seen,
                f"a crash of the server may lose commits that were acknowledged, {one.lasting}",
                subject=one.kept or "session",
                advice="Leave it on; where a load is too slow, write more rows in one transaction.",
            )


RULE = Rule("synchronous-commit-off", "Acknowledged commits may be lost", Family.SAFETY, Level.WARN, _find)
