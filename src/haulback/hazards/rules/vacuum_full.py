"""VACUUM FULL: the table is written anew."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level

_NO = frozenset({"false", "off", "0", "no"})


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("vacuum_stmt"):
        if any(one.def_elem.defname == "full" and _is_on(one.def_elem) for one in seen.node.options):
            listed = [names.relation(one.vacuum_relation.relation) for one in seen.node.rels] or [""]
            for table in listed:
                yield Found(
                    seen,
                    f"nobody reads or writes {table or 'one table after the other'} until it is written anew",
                    table=table,
                    advice="Take it out of the migration: plain VACUUM makes room for new rows beside readers and"
                    " writers, and pg_repack gives the room back.",
                )


def _is_on(option: Node) -> bool:
    return not option.HasField("arg") or str(option.arg.string.sval or option.arg.integer.ival).lower() not in _NO


RULE = Rule(
    "vacuum-full",
    "VACUUM FULL writes a table anew while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.REWRITE,
)
