"""SET TABLESPACE: the files are copied while nobody gets at the table."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level

_ADVICE = "For an index: REINDEX (TABLESPACE ...) CONCURRENTLY. For a table: a quiet hour, or pg_repack."


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("alter_table_stmt"):
        if any(enum(one.alter_table_cmd, "subtype") == "AT_SetTableSpace" for one in seen.node.cmds):
            moved = names.relation(seen.node.relation)
            table = _table_of(reading, moved) if enum(seen.node, "objtype") == "OBJECT_INDEX" else moved
            told = f"nobody reads or writes {table or 'the table'} until the files of {moved} are copied"
            yield Found(seen, told, table=table, subject=moved, advice=_ADVICE)
    for seen in reading.of("alter_table_move_all_stmt"):
        space = seen.node.orig_tablespacename
        told = f"nobody gets at what lies in the tablespace {space} until all of it is copied"
        yield Found(seen, told, subject=space, advice=_ADVICE)


def _table_of(reading: Reading, index: str) -> str:
    known = catalog(reading.known.schema).one("index", index) if reading.known.schema is not None else None
    return names.of_catalog(known.parent.identity) if known and known.parent else ""


RULE = Rule(
    "tablespace-change",
    "A table or index moves to another tablespace while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.REWRITE,
)
