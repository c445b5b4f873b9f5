"""DROP TABLE: rows go, and clients that read them break."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("drop_stmt"):
        if enum(seen.node, "remove_type") != "OBJECT_TABLE":
            continue
        for one in seen.node.objects:
            table = names.qualified(names.words(one.list.items))
            if not reading.is_new(table, seen):
                yield Found(
                    seen,
                    f"the table {table} goes with its rows, and whoever reads it breaks",
                    subject=table,
                    advice="Deploy clients that no longer use it first; Haulback keeps the rows in the attic.",
                )


RULE = Rule("drop-table", "A table is dropped", Family.DESTROYS, Level.WARN, _find, squawk=("ban-drop-table",))
