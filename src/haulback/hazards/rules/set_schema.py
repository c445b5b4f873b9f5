"""SET SCHEMA: whoever knows the object under its old schema breaks."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.renames import moves
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in moves(reading):
        what = one.kind.lower().replace("_", " ").replace("matview", "materialized view")
        yield Found(
            one.seen,
            f"whoever knows the {what} {one.old} breaks: it is in the schema {one.seen.node.newschema} from then on",
            subject=one.old,
            advice="Leave something of the old name behind: a view for a table, a function that calls the moved one.",
        )


RULE = Rule(
    "set-schema", "An object moves to another schema", Family.CLIENTS, Level.WARN, _find, squawk=("ban-set-schema",)
)
