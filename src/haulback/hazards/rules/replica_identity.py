"""REPLICA IDENTITY NOTHING, or another one than before: what followers hear of updates and deletes."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.writes import made_here
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_EFFECTS = {
    "n": (
        "updates and deletes fail while a publication has the table, and no follower hears of them otherwise",
        Level.WARN,
    ),
    "d": ("followers get the old row's primary key only; without one, updates and deletes fail", Level.NOTE),
    "i": ("followers get the columns of that index only of the old row", Level.NOTE),
}


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_ReplicaIdentity"):
        kind = getattr(command, "def").replica_identity_stmt.identity_type
        if kind in _EFFECTS and (kind == "n" or not made_here(reading, table, seen)):
            effect, level = _EFFECTS[kind]
            yield Found(
                seen,
                f"of changes to {table}, {effect}",
                subject=table,
                advice="Leave it at the primary key; where old values are needed, say full.",
                level=level,
            )


RULE = Rule("replica-identity", "Followers of a table hear less of its old rows", Family.SAFETY, Level.WARN, _find)
