"""A column of type json: a text that was checked once."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts import columns
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in columns.added(reading):
        if one.type_name == "json":
            yield Found(
                one.seen,
                f"{one.subject} is json: it is parsed for every question, has no equality and takes no index",
                subject=one.subject,
                advice="Use jsonb, unless the spelling of the text matters: order of keys, spaces, doubles.",
            )


RULE = Rule("json-column", "A column is of type json", Family.DESIGN, Level.NOTE, _find)
