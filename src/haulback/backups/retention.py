"""Decides which backups may go. Pure: the shelf, the settings and the time are passed in.

Age does not count up to now but up to the newest proved backup: 31 nights that failed, or a clock that jumped ahead,
age nothing. A backup whose moment is still to come stays and takes nobody's place. So an earlier `now` never lets more
go than a later one, and nothing that was not proved ever lets a whole backup go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from haulback.backups.naming import kind_of, moment_of
from haulback.model.backup import Backup, BackupKind, KeptBackup, Verdict
from haulback.model.recovery import BackupSettings
from haulback.model.retention import Fate, Retention, Why

MAKING = timedelta(days=1)  # the longest that a backup is thought to be in the making


def decide(
    found: Sequence[KeptBackup], settings: BackupSettings, now: datetime, wanted: Collection[str] = ()
) -> Retention:
    """What is done with each backup of one target.

    Args:
        found: all of them, as the shelf has them.
        settings: how long they stay.
        now: by this machine's clock.
        wanted: tables that a backup of tables should hold; one that lacks any of them, where another holds it, takes
            nobody's place.
    """
    shelf = _Shelved.of(found, now)
    held = {table.identity for one in found if one.backup for table in one.backup.tables}
    needed = held.intersection(wanted)
    tables, clusters = (_Family.of(shelf, settings, needed, physical=one) for one in (False, True))
    base = _base(shelf, now - timedelta(seconds=settings.window))
    fates = {
        one.id: _own(one, shelf, clusters if shelf.physical(one) else tables, settings, base)
        for one in shelf.backups.values()
    }
    for id_ in [one for one, why in fates.items() if not why.goes]:
        for parent in shelf.ancestors(id_):
            if fates[parent].goes:
                fates[parent] = Why.PARENT
    # By LSN and not by time: a clock that was wrong says nothing of what comes first in the WAL.
    first = min((said for one in found if (said := one.said) and one.id in base), key=_lsn, default=None)
    told = tuple(Fate(one.id, fates[one.id], one.said.size if one.said else 0) for one in shelf.backups.values())
    # By what they build on and not by time: a clock that was wrong makes a child older than its parent.
    going = sorted(
        (one for one in told if one.why.goes), key=lambda one: sum(1 for _ in shelf.ancestors(one.backup)), reverse=True
    )
    return Retention(
        told,
        tuple(going),
        first.lsn if first else "",
        first.id if first else "",
    )


def beginnings(found: Sequence[KeptBackup], start: datetime, now: datetime) -> frozenset[str]:
    """Ids of those that a recovery to any moment since `start` may begin with."""
    return frozenset(_base(_Shelved.of(found, now), start))


@dataclass(frozen=True)
class _Shelved:
    """The backups by id, oldest first, with what they build on."""

    backups: Mapping[str, KeptBackup]
    parents: Mapping[str, str]
    moments: Mapping[str, datetime]
    now: datetime
    newest: datetime  # moment of the newest thing here that is not from the future

    @classmethod
    def of(cls, found: Sequence[KeptBackup], now: datetime) -> _Shelved:
        moments = {one.id: said.began_at if (said := one.said) else moment_of(one.id) for one in found}
        ordered = sorted(found, key=lambda one: (moments[one.id], one.id))
        past = [one for one in moments.values() if one <= now]
        parents = dict(_parents(ordered))
        return cls({one.id: one for one in ordered}, parents, moments, now, max(past, default=now))

    def moment(self, one: KeptBackup) -> datetime:
        return self.moments[one.id]

    def is_future(self, one: KeptBackup) -> bool:
        return self.moments[one.id] > self.now

    def physical(self, one: KeptBackup) -> bool:
        return kind_of(one.id) is not BackupKind.TABLE

    def ancestors(self, id_: str) -> Iterator[str]:
        """What it builds on, as far as that is here; ends in a circle of damaged manifests too."""
        seen = {id_}
        while (id_ := self.parents.get(id_, "")) in self.backups and id_ not in seen:
            seen.add(id_)
            yield id_

    def is_sound(self, one: KeptBackup) -> bool:
        """Whether it may well be restorable: it and all that it builds on are here, whole, and not proved bad.

        What is refused may be so once the settings are others.
        """
        chain = self._chain(one)
        whole = all(link.said and link.verdict is not Verdict.BAD for link in chain)
        return whole and not self.parents.get(chain[-1].id)

    def is_proved(self, one: KeptBackup) -> bool:
        """Whether it was restored, and is believed with all that it builds on."""
        return one.is_proved and all(link.backup for link in self._chain(one))

    def proves(self, one: KeptBackup) -> bool:
        return self.is_proved(one) and not self.is_future(one) and self.is_sound(one)

    def _chain(self, one: KeptBackup) -> list[KeptBackup]:
        return [one, *(self.backups[parent] for parent in self.ancestors(one.id))]


@dataclass(frozen=True)
class _Family:
    """The proved backups that can stand for one another.

    Attributes:
        counted: ids of those that stay however old, newest first.
        until: the moment that ages are counted to; None while nothing was proved.
    """

    counted: tuple[str, ...]
    until: datetime | None

    @classmethod
    def of(cls, shelf: _Shelved, settings: BackupSettings, needed: Collection[str], *, physical: bool) -> _Family:
        proved = [
            one
            for one in reversed(tuple(shelf.backups.values()))
            if shelf.physical(one) is physical and shelf.proves(one) and (physical or _holds(one.backup, needed))
        ]
        counted = tuple(one.id for one in proved[: max(1, settings.keep_proved)])
        return cls(counted, shelf.moment(proved[0]) if proved else None)


def _own(one: KeptBackup, shelf: _Shelved, family: _Family, settings: BackupSettings, base: Mapping[str, Why]) -> Why:
    """The reason that a backup has by itself; what builds on it is not looked at."""
    if one.held:
        return Why.HELD
    if shelf.is_future(one):
        return Why.FUTURE
    if one.unfinished:
        # It may be the newest thing here because a clock jumped while it is made: then it has no age at all.
        return Why.UNFINISHED if shelf.newest - shelf.moment(one) >= MAKING else Why.UNDERWAY
    if one.id in family.counted:
        return Why.NEWEST if one.id == family.counted[0] else Why.COUNTED
    return base.get(one.id) or _aged(one, shelf, family, timedelta(seconds=settings.keep))


def _aged(one: KeptBackup, shelf: _Shelved, family: _Family, keep: timedelta) -> Why:
    if shelf.now - shelf.moment(one) < keep:
        return Why.YOUNG
    if family.until is None or family.until - shelf.moment(one) < keep:
        return Why.UNREPLACED
    return Why.AGED if one.said and one.verdict is not Verdict.BAD else Why.BAD


def _base(shelf: _Shelved, start: datetime) -> dict[str, Why]:
    """What a recovery to any moment since `start` may begin with.

    That is every sound one which ended since, and the newest proved one which had ended before; while there is none
    proved, all that had ended before.
    """
    sound = [one for one in shelf.backups.values() if shelf.physical(one) and shelf.is_sound(one)]
    found: dict[str, Why] = {}
    before: list[KeptBackup] = []
    for one in sound:
        if (said := one.said) and said.ended_at > start:
            found[one.id] = Why.WINDOW
        else:
            before.append(one)
    proved = [one for one in before if shelf.is_proved(one)]
    return found | {one.id: Why.BASE for one in (proved[-1:] or before)}


def _parents(ordered: Sequence[KeptBackup]) -> Iterator[tuple[str, str]]:
    older = ""
    for one in ordered:
        kind = kind_of(one.id)
        if said := one.said:
            if said.parent:
                yield one.id, said.parent
        elif kind is BackupKind.INCREMENTAL and older:
            # Nobody can read what it builds on; that is nearly always the one before.
            yield one.id, older
        if kind is not BackupKind.TABLE:
            older = one.id


def _holds(backup: Backup | None, needed: Collection[str]) -> bool:
    return backup is not None and {one.identity for one in backup.tables}.issuperset(needed)


def _lsn(backup: Backup) -> int:
    high, _, low = backup.lsn.partition("/")
    return (int(high, 16) << 32) + int(low, 16)
