"""A column of type time with time zone."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts import columns
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in columns.added(reading):
        if one.type_name == "timetz":
            yield Found(
                one.seen,
                f"{one.subject} is a time of day with an offset but no date: in summer it means another moment",
                subject=one.subject,
                advice="Use timestamptz for a moment; time and the name of a zone for something that recurs.",
            )


RULE = Rule("time-with-zone-column", "A time of day has an offset and no date", Family.DESIGN, Level.NOTE, _find)
