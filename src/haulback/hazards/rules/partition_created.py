"""CREATE TABLE ... PARTITION OF: the whole partitioned table is locked, its default partition read."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("create_stmt"):
        if not seen.node.HasField("partbound"):
            continue
        parent = names.relation(seen.node.inh_relations[0].range_var)
        if not reading.is_new(parent, seen):
            partition = names.relation(seen.node.relation)
            yield Found(
                seen,
                f"nobody reads or writes {parent} from here until the transaction ends; where it has a default"
                f" partition, every row of that is read for {partition}",
                subject=partition,
                advice="Make the table alone (LIKE the partitioned one), then ATTACH PARTITION, which lets others read"
                " and write.",
            )


RULE = Rule(
    "partition-created",
    "A partition is created while readers and writers wait",
    Family.LOCKS,
    Level.NOTE,
    _find,
)
