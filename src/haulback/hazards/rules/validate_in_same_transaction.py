"""NOT VALID and VALIDATE in one transaction: the strong lock lasts through the scan."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.locks import Lock, by_unit
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_ValidateConstraint"):
        lock = _held(by_unit(reading).get(seen.unit, []), reading.first_name(table, seen), seen.number)
        if lock:
            yield Found(
                seen,
                f"the lock that line {lock.seen.line} took on {table} lasts until every row has passed {command.name}",
                table=table,
                subject=f"{table}.{names.dotted(command.name)}",
                rewrite=f"commit;\n{seen.text};",
            )


def _held(taken: list[Lock], table: str, number: int) -> Lock | None:
    before = (one for one in taken if one.table == table and one.seen.number < number)
    return max(before, key=lambda one: one.mode, default=None)


RULE = Rule(
    "validate-in-same-transaction",
    "A constraint is validated while the same transaction locks its table",
    Family.MIXES,
    Level.WARN,
    _find,
    work=Work.SCAN,
)
