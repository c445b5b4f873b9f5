"""A foreign key added without NOT VALID: every row is looked up while writers of both tables wait."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.partitions import is_partitioned
from haulback.hazards.reading import Reading
from haulback.hazards.rewrites import validation
from haulback.hazards.rewrites.added import Added, added
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level

_PARTITIONED_NOT_VALID = 18  # the first major that takes NOT VALID there


def _find(reading: Reading) -> Iterator[Found]:
    for one in added(reading, "CONSTR_FOREIGN"):
        key = one.constraint
        if key.skip_validation or not key.is_enforced or not _fills(one):
            continue
        parent = names.relation(key.pktable)
        possible = (reading.known.major or 0) >= _PARTITIONED_NOT_VALID or not is_partitioned(reading, one.table)
        yield Found(
            one.seen,
            f"nobody writes {one.table} or {parent} until every row of {one.table} was looked up in {parent}",
            table=one.table,
            subject=f"{one.table}.{one.name(reading)}",
            advice=""
            if possible
            else "Before PostgreSQL 18 a partitioned table takes no NOT VALID foreign key: add"
            " it to each partition NOT VALID, validate it there, and then to the partitioned table.",
            rewrite=validation.apart(reading, one, "CONSTR_FOREIGN") if possible else "",
        )


def _fills(one: Added) -> bool:
    """Whether there is anything to look up: a new column without a default is null in every row."""
    if one.column is None:
        return True
    return any(enum(each.constraint, "contype") in _FILLED for each in one.column.constraints)


_FILLED = frozenset({"CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"})

RULE = Rule(
    "foreign-key-validates",
    "A foreign key is added and every row looked up for it while writers wait",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.SCAN,
    squawk=("adding-foreign-key-constraint",),
)
