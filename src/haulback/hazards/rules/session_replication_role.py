"""session_replication_role = replica: neither triggers nor foreign keys are heard."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.settings import settings
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in settings(reading):
        if one.name == "session_replication_role" and one.value == "replica":
            yield Found(
                one.seen,
                f"no trigger runs and no foreign key is checked {one.lasting}: rows that refer to nothing come in, "
                "audits and copies miss what is written, and so would Haulback's capture",
                subject=one.kept or "session",
                advice="Leave it out; where one trigger is in the way, disable that one and enable it again.",
                level=Level.BLOCK if one.kept else Level.WARN,
            )


RULE = Rule("session-replication-role", "Triggers and foreign keys are switched off", Family.SAFETY, Level.WARN, _find)
