"""check_function_bodies = off: a function that cannot run is made without a word."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.settings import settings
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    makes = any(True for _ in reading.of("create_function_stmt"))
    for one in settings(reading):
        if one.name == "check_function_bodies" and one.is_off and (makes or one.kept):
            yield Found(
                one.seen,
                f"functions are made unread, {one.lasting}: one that names a missing table fails when it is called",
                subject=one.kept or "session",
                advice="Put functions behind the tables that they use, and leave the setting out.",
            )


RULE = Rule(
    "function-bodies-unchecked", "Functions are made without a look at their bodies", Family.SAFETY, Level.NOTE, _find
)
