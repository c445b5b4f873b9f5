"""DROP DATABASE: nothing takes it back."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("dropdb_stmt"):
        name = names.dotted(seen.node.dbname)
        yield Found(
            seen,
            f"the database {name} goes with everything in it, and Haulback cannot bring it back",
            subject=name,
            advice="Drop a database by hand, after a backup of it was restored for practice.",
        )


RULE = Rule(
    "drop-database", "A database is dropped", Family.DESTROYS, Level.BLOCK, _find, squawk=("ban-drop-database",)
)
