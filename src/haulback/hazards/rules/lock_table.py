"""LOCK TABLE: others are kept out until the transaction ends."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_SHARE, _ACCESS_EXCLUSIVE = 5, 8  # the server's numbers of lock modes; weaker ones let writers pass


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("lock_stmt"):
        if seen.node.mode < _SHARE:
            continue
        listed = [names.relation(one.range_var) for one in seen.node.relations]
        lasting = [table for table in listed if not reading.is_new(table, seen)]
        if lasting:
            doing = "reads or writes" if seen.node.mode == _ACCESS_EXCLUSIVE else "writes"
            yield Found(
                seen,
                f"nobody {doing} {', '.join(lasting)} until the transaction ends",
                subject=lasting[0],
                advice="Each statement takes the lock that it needs; if rows must hold still, lock those rows with"
                " SELECT ... FOR UPDATE.",
            )


RULE = Rule("lock-table", "A table is locked until the transaction ends", Family.LOCKS, Level.WARN, _find)
