"""TRUNCATE: every row goes."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.writes import made_here
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("truncate_stmt"):
        again = ", and its sequences count from the start again" if seen.node.restart_seqs else ""
        for one in seen.node.relations:
            table = names.relation(one.range_var)
            if not made_here(reading, table, seen):
                yield Found(
                    seen,
                    f"every row of {table} goes{again}, no trigger for deleted rows runs, "
                    "and everybody waits until the transaction ends",
                    subject=table,
                    advice="Delete the rows that are meant, in batches; Haulback keeps them in the attic.",
                )


RULE = Rule("truncate", "A table is emptied", Family.DESTROYS, Level.WARN, _find)
