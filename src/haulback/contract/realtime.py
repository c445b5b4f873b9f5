"""What changes of the changes that Realtime sends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from haulback.contract.columns import is_wider
from haulback.contract.covering import covers
from haulback.contract.wording import added, changed, difference, listed, named
from haulback.hazards.names import parts
from haulback.model.contract import ALL, Columns, Concerns, Difference, SentTable, Severity

PUBLICATION = "supabase_realtime"  # what Realtime listens to; a statement may name it without the table
_IDENTITY = ("replica", "identity")


def compared(before: Mapping[str, SentTable], after: Mapping[str, SentTable]) -> Iterator[Difference]:
    """Differences of what is sent; a role that got nothing is not hit."""
    for name, table in before.items():
        path = tuple(parts(name))
        now = after.get(name)
        if now is None:
            yield _gone(path, table.may)
        else:
            yield from _Table(path, table, now).all()
    for name, table in after.items():
        if name not in before:
            path = tuple(parts(name))
            yield added("realtime-added", path, f"Realtime sends {name} to {listed(table.may)}", table.may)


def _gone(path: tuple[str, ...], roles: Iterable[str]) -> Difference:
    told = f"Realtime sends {named(path)} to {listed(roles)} no more"
    return _saying(changed("realtime-gone", path, told, roles), PUBLICATION)


def _saying(one: Difference, *words: str) -> Difference:
    return replace(one, words=words)


class _Table:
    """One table that was sent and still is."""

    def __init__(self, path: tuple[str, ...], before: SentTable, after: SentTable) -> None:
        self._path, self._name = path, named(path)
        self._before, self._after = before, after
        self._roles = tuple(before.may)

    def all(self) -> Iterator[Difference]:
        lost = [role for role in self._roles if role not in self._after.may]
        if lost:
            yield _gone(self._path, lost)
        yield from self._columns()
        yield from self._identity()
        yield from self._operations()
        yield from self._where()

    def _columns(self) -> Iterator[Difference]:
        for column, was in self._before.columns.items():
            path, now = (*self._path, column), self._after.columns.get(column)
            readers = [role for role in self._roles if role in self._after.may and self._sent(role, column)]
            lost = [role for role in readers if now is None or not covers(self._after.may[role], column)]
            if lost:
                yield changed(
                    "realtime-column-gone", path, f"Realtime sends {named(path)} to {listed(lost)} no more", lost
                )
            kept = [role for role in readers if role not in lost]
            if now is not None and now != was and kept:
                yield _retyped(path, was, now, kept)

    def _sent(self, role: str, column: str) -> bool:
        return covers(self._before.may[role], column)

    def _identity(self) -> Iterator[Difference]:
        before, after = self._before, self._after
        if before.key != after.key and before.key:
            now = f"is ({', '.join(after.key)})" if after.key else "is gone, and errors come in the place of rows"
            told = f"the primary key of {self._name}, by which clients of Realtime know rows, {now}"
            yield changed("realtime-key-changed", self._path, told, self._roles)
        if before.old == after.old or (before.old == before.key and after.old == after.key):
            return
        told = f"events of {self._name} tell of the row as it was {_told(after.old)}, and told {_told(before.old)}"
        if _holds(after.old, before.old):
            yield _saying(added("realtime-identity-wider", self._path, told, self._roles), *_IDENTITY)
        else:
            found = changed("realtime-identity", self._path, f"{told} (replica identity)", self._roles)
            yield _saying(found, *_IDENTITY)

    def _operations(self) -> Iterator[Difference]:
        lost = [one for one in self._before.operations if one not in self._after.operations]
        won = [one for one in self._after.operations if one not in self._before.operations]
        if lost:
            told = f"Realtime sends no {listed(lost)} of {self._name} any more"
            yield _saying(changed("realtime-operation-gone", self._path, told, self._roles), PUBLICATION)
        if won:
            yield added("realtime-operation-added", self._path, f"Realtime sends {listed(won)} of {self._name}")

    def _where(self) -> Iterator[Difference]:
        was, now = self._before.where, self._after.where
        if was == now:
            return
        if now:
            before = f", and sent those where {was}" if was else ""
            told = f"Realtime sends of {self._name} only rows where {now}{before}"
            yield _saying(changed("realtime-rows", self._path, told, self._roles), PUBLICATION)
        else:
            told = f"Realtime sends all rows of {self._name}, and sent only those where {was}"
            found = difference("realtime-rows-wider", Severity.RISK, Concerns.RESPONSES, self._path, told, self._roles)
            yield _saying(found, PUBLICATION)


def _retyped(path: tuple[str, ...], was: str, now: str, roles: Iterable[str]) -> Difference:
    told = f"Realtime sends {named(path)} as {now}, and sent {was}"
    if is_wider(was, now):
        return added("realtime-column-wider", path, told)
    return changed("realtime-column-type", path, told, roles)


def _told(columns: Columns) -> str:
    if columns == ALL:
        return "everything"
    return f"({', '.join(columns)})" if columns else "nothing"


def _holds(wider: Columns, columns: Columns) -> bool:
    return wider == ALL or (columns != ALL and set(wider) >= set(columns))
