"""A materialized view in a schema that the API serves: it has no row-level security."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import api, views
from haulback.hazards.facts.ending import ended
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for name, seen in views.materialized(reading):
        if not api.is_open(reading, name):
            continue
        yield Found(
            seen,
            f"strangers read all of the materialized view {name}: it knows no row-level security",
            subject=name,
            rewrite=f"{ended(seen.text)}\nrevoke all on {names.spelled(name)} from anon, authenticated;",
            advice="Serve it through a function or a view that asks who is there.",
            level=Level.WARN if api.is_served(reading) else Level.NOTE,
        )


RULE = Rule(
    "materialized-view-in-api",
    "The API serves a materialized view with all its rows",
    Family.EXPOSES,
    Level.WARN,
    _find,
)
