"""COPY FROM STDIN and TO STDOUT: a migration has neither."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("copy_stmt"):
        node = seen.node
        if node.filename or node.is_program or seen.inside:
            continue
        table = names.relation(node.relation) if node.HasField("relation") else ""
        if node.is_from:
            told = f"the rows for {table} would have to come from a stream that a migration file does not have"
            advice = "Write the rows as INSERT statements, or load them with seed data."
        else:
            told = f"nobody reads the rows of {table or 'the query'} that this would send, and the statement fails"
            advice = "Take it out of the migration."
        yield Found(seen, told, subject=table, advice=advice)


RULE = Rule("copy-stream", "Rows are copied from or to a stream that is not there", Family.MIXES, Level.BLOCK, _find)
