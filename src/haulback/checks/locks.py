"""No lock on the plan's tables is held for longer than the plan may wait.

A busy table is read at every instant; what would make the plan wait is the same transaction holding the same lock
now and one lock wait later. That needs no privilege to see.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from haulback.checks._check import Check, Finding, held, listed
from haulback.checks._context import CheckContext
from haulback.pg.queries import script


@dataclass(frozen=True, slots=True)
class _Lock:
    transaction: str
    relation: int
    mode: str
    who: str
    what: str
    age: timedelta | None

    @property
    def identity(self) -> tuple[str, int, str]:
        return (self.transaction, self.relation, self.mode)

    def __str__(self) -> str:
        since = f", for {self.age.total_seconds():.1f} s" if self.age else ""
        return f"{self.who} holds {self.mode} on {self.what}{since}"


def _measure(context: CheckContext) -> Finding:
    wait = context.thresholds.lock_wait.total_seconds()
    lasting = _held(context)
    if lasting:
        context.clock.sleep(wait)
        later = {lock.identity: lock for lock in _held(context)}
        lasting = [later[lock.identity] for lock in lasting if lock.identity in later]
    return held(
        within=not lasting,
        figure=listed([str(lock) for lock in lasting])
        or f"none on the {len(context.relations)} tables the plan touches",
        threshold=f"no lock held through {wait * 1000:.0f} ms",
        hint="Wait until these transactions end, or end them with pg_terminate_backend(pid).",
    )


def _held(context: CheckContext) -> list[_Lock]:
    parameters = {"tables": list(context.relations), "own": sorted(context.own_processes)}
    return [_Lock(*row) for row in context.connection.execute(script("haulback.checks", "locks.sql"), parameters)]


CHECK = Check("locks", "The plan waits for nobody", _measure)
