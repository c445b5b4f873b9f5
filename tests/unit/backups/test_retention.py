"""Retention is a graph over proved backups: the last good one never goes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from retention_world import History, broken, without_proofs

from haulback.backups.retention import decide
from haulback.model.backup import Backup, BackupKind, KeptBackup, Proof, TableContent, Verdict
from haulback.model.recovery import BackupSettings
from haulback.model.retention import Why

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SETTINGS = BackupSettings("")


def kept(
    days: float,
    kind: BackupKind = BackupKind.TABLE,
    *,
    proved: bool = True,
    bad: bool = False,
    parent: str = "",
    tables: tuple[str, ...] = (),
    lsn: str = "0/1",
) -> KeptBackup:
    """A backup of so many days ago."""
    began = NOW - days * DAY
    id_ = f"{began:%Y%m%dT%H%M%SZ}-{kind.value}-000000"
    held = tuple(TableContent(one, (), (), 0, "", 0, "", (), "") for one in tables)
    backup = Backup(id_, kind, "local", "app", "7", 180006, lsn, began, began, (), held, parent)
    verdicts = [Verdict.PROVED] * proved + [Verdict.BAD] * bad
    return KeptBackup(id_, backup, tuple(Proof(id_, one, began, 1.0) for one in verdicts))


def unfinished(days: float, kind: BackupKind = BackupKind.TABLE) -> KeptBackup:
    one = kept(days, kind)
    return KeptBackup(one.id, None, (), "it was never finished", unfinished=True)


def fates(*found: KeptBackup, now: datetime = NOW, given: BackupSettings = SETTINGS, wanted: tuple[str, ...] = ()):
    told = {one.backup: one.why for one in decide(found, given, now, wanted).fates}
    return [told[one.id] for one in found]


@settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.integers(0, 2**64 - 1))
def test_no_rule_breaks_in_any_history(seed: int) -> None:
    assert broken(History(seed)) == []


def test_the_histories_have_every_reason_in_them() -> None:
    """Else the property above would hold of nothing."""
    seen = Counter(fate.why for seed in range(5000) for fate in History(seed).decided().fates)
    assert {why for why in Why if seen[why] < 50} == set()


def test_where_nothing_was_proved_no_whole_one_goes() -> None:
    for seed in range(500):
        history = History(seed)
        going = history.decided(without_proofs(history)).going
        assert [one for one in going if one.why is not Why.UNFINISHED] == []


def test_31_failed_nights_leave_every_backup() -> None:
    """The seed's `find -mtime +30 -delete` leaves none: see the test of the trap."""
    found = [kept(32 + n) for n in range(3)] + [unfinished(n + 1) for n in range(31)]
    assert {one.id for one in found[:3]}.isdisjoint(fate.backup for fate in decide(found, SETTINGS, NOW).going)


def test_old_ones_go_once_enough_newer_are_proved() -> None:
    ages = (0.1, 1, 2, 29, 31, 40)
    assert fates(*map(kept, ages)) == [Why.NEWEST, Why.COUNTED, Why.COUNTED, Why.YOUNG, Why.AGED, Why.AGED]


def test_what_was_never_proved_does_not_count() -> None:
    newer = [kept(n, proved=False) for n in range(1, 29)]
    old = [kept(50), kept(51), kept(52), kept(90)]
    assert fates(*newer, *old)[-4:] == [Why.NEWEST, Why.COUNTED, Why.COUNTED, Why.AGED]


def test_a_bad_one_goes_by_its_age_and_replaces_nobody() -> None:
    assert fates(kept(40, bad=True), kept(2, bad=True), kept(0.5)) == [Why.BAD, Why.YOUNG, Why.NEWEST]
    assert fates(kept(40), kept(2, bad=True)) == [Why.NEWEST, Why.YOUNG]


def test_a_parent_stays_while_a_child_stays() -> None:
    full = kept(60, BackupKind.PHYSICAL)
    between = kept(45, BackupKind.INCREMENTAL, parent=full.id)
    child = kept(3, BackupKind.INCREMENTAL, parent=between.id)
    alone = kept(61, BackupKind.PHYSICAL)
    no_window = BackupSettings("", keep_proved=1, window=0)
    assert fates(alone, full, between, child, given=no_window) == [Why.AGED, Why.PARENT, Why.PARENT, Why.NEWEST]


def test_a_child_of_a_bad_parent_proves_nothing() -> None:
    full = kept(60, BackupKind.PHYSICAL, bad=True)
    child = kept(3, BackupKind.INCREMENTAL, parent=full.id)
    good = kept(70, BackupKind.PHYSICAL)
    assert fates(good, full, child) == [Why.NEWEST, Why.UNREPLACED, Why.YOUNG]


def test_what_an_unreadable_incremental_builds_on_stays() -> None:
    full = kept(60, BackupKind.PHYSICAL)
    unreadable = replace(kept(5, BackupKind.INCREMENTAL), backup=None, proofs=())
    newer = kept(4, BackupKind.PHYSICAL)
    given = BackupSettings("", keep_proved=1, window=86400)
    assert fates(full, unreadable, newer, given=given) == [Why.PARENT, Why.YOUNG, Why.NEWEST]


def test_the_recovery_window_has_no_hole() -> None:
    found = [kept(n, BackupKind.PHYSICAL, lsn=f"0/{100 - int(n):X}") for n in (40, 9, 8, 3, 0.5)]
    given = BackupSettings("", keep=86400, keep_proved=1, window=7 * 86400)
    retention = decide(found, given, NOW)
    assert [one.why for one in retention.fates] == [Why.AGED, Why.AGED, Why.BASE, Why.WINDOW, Why.NEWEST]
    assert (retention.base, retention.wal_from) == (found[2].id, f"0/{92:X}")


def test_without_a_proved_start_of_the_window_every_start_stays() -> None:
    found = [kept(9, BackupKind.PHYSICAL, proved=False), kept(8, BackupKind.PHYSICAL, proved=False)]
    given = BackupSettings("", keep=86400, keep_proved=1, window=7 * 86400)
    assert fates(*found, kept(0.5, BackupKind.PHYSICAL), given=given) == [Why.BASE, Why.BASE, Why.NEWEST]


def test_no_physical_backup_says_that_wal_may_go() -> None:
    assert decide([kept(1), unfinished(40, BackupKind.PHYSICAL)], SETTINGS, NOW).wal_from == ""


def test_tables_say_nothing_about_clusters() -> None:
    old = kept(60, BackupKind.PHYSICAL)
    assert fates(old, *[kept(n) for n in range(1, 6)])[0] is Why.NEWEST


def test_a_backup_of_fewer_tables_replaces_none() -> None:
    both, one = ("public.a", "public.b"), ("public.a",)
    nightly = [kept(40 + n, tables=both) for n in range(3)]
    by_hand = [kept(n, tables=one) for n in range(1, 5)]
    told = fates(*nightly, *by_hand, wanted=both)
    assert told[:3] == [Why.NEWEST, Why.COUNTED, Why.COUNTED]
    assert not [why for why in told if why.goes]


def test_what_is_held_stays() -> None:
    assert fates(replace(kept(90), held=True), *map(kept, (1, 2, 3, 91)))[0] is Why.HELD


def test_one_in_the_making_stays_when_the_clock_jumps() -> None:
    found = [kept(1), unfinished(0)]
    assert fates(*found, now=NOW + 4000 * DAY) == [Why.NEWEST, Why.UNDERWAY]


def test_an_old_unfinished_one_goes() -> None:
    assert fates(unfinished(1.5), unfinished(0.2), kept(0.1)) == [Why.UNFINISHED, Why.UNDERWAY, Why.NEWEST]


def test_one_from_the_future_takes_no_place() -> None:
    found = [kept(-100), kept(1), kept(2), kept(3), kept(30.5)]
    assert fates(*found) == [Why.FUTURE, Why.NEWEST, Why.COUNTED, Why.COUNTED, Why.UNREPLACED]


def test_an_impossible_date_never_goes() -> None:
    odd = KeptBackup("20269999T999999Z-table-000000", None, (), "?", unfinished=True)
    assert fates(odd, kept(1)) == [Why.FUTURE, Why.NEWEST]


def test_a_circle_of_damaged_manifests_ends() -> None:
    first, second = kept(60, BackupKind.INCREMENTAL), kept(50, BackupKind.INCREMENTAL)
    circle = [
        replace(one, backup=replace(one.backup, parent=other.id)) for one, other in ((first, second), (second, first))
    ]
    assert fates(*circle, kept(1, BackupKind.PHYSICAL))[:2] == [Why.AGED, Why.AGED]


def refused(one: KeptBackup) -> KeptBackup:
    """As the shelf has one that the key did not seal."""
    return KeptBackup(one.id, None, (), "it is in the clear", refused=one.backup)


def test_what_is_refused_replaces_nothing() -> None:
    old = [kept(40), kept(50)]
    given = BackupSettings("", keep_proved=1)
    assert fates(*old, kept(1), given=given) == [Why.AGED, Why.AGED, Why.NEWEST]
    assert fates(*old, refused(kept(1)), given=given) == [Why.NEWEST, Why.UNREPLACED, Why.YOUNG]


def test_what_builds_on_something_refused_replaces_nothing() -> None:
    full, old = kept(35, BackupKind.PHYSICAL), kept(40, BackupKind.PHYSICAL)
    child = kept(1, BackupKind.INCREMENTAL, parent=full.id)
    given = BackupSettings("", keep_proved=1, window=0)
    assert fates(old, full, child, given=given) == [Why.AGED, Why.PARENT, Why.NEWEST]
    assert fates(old, refused(full), child, given=given)[0] is Why.NEWEST


def test_a_key_that_is_set_later_takes_nothing_from_the_window() -> None:
    """What lies in the clear stays with its log, until a sealed one from before the window is proved."""
    before = [kept(30.5, BackupKind.PHYSICAL, lsn="0/1"), kept(5, BackupKind.PHYSICAL, lsn="0/5")]
    clear, given = list(map(refused, before)), BackupSettings("", keep=86400, window=7 * 86400)
    sealed = kept(0.5, BackupKind.PHYSICAL, lsn="0/9")
    told = decide([*clear, sealed], given, NOW)
    assert [one.why for one in told.fates] == [Why.BASE, Why.WINDOW, Why.NEWEST]
    assert told.wal_from == "0/1"
    later = decide([*clear, sealed, kept(-8, BackupKind.PHYSICAL, lsn="0/A")], given, NOW + 8 * DAY)
    assert [one.why for one in later.fates] == [Why.AGED, Why.AGED, Why.COUNTED, Why.NEWEST]
    assert later.wal_from == "0/9"


def test_what_is_refused_is_told_as_large_and_old_and_not_as_bad() -> None:
    old = refused(kept(50))
    assert old.refused
    large = replace(old, refused=replace(old.refused, detail={"bytes": 7}))
    (found,) = decide([large, kept(1)], BackupSettings("", keep_proved=1), NOW).going
    assert (found.why, found.size) == (Why.AGED, 7)
