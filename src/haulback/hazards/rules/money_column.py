"""A column of type money: its meaning depends on a setting of the server."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts import columns
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in columns.added(reading):
        if one.type_name == "money":
            yield Found(
                one.seen,
                f"{one.subject} is money: it has no currency, and what it shows and reads follows lc_monetary",
                subject=one.subject,
                advice="Use numeric, or a bigint of cents, and a column for the currency.",
            )


RULE = Rule("money-column", "A column is of type money", Family.DESIGN, Level.NOTE, _find)
