"""What cannot be compared or restored is said before anything is touched, with what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from restore_place import BOTH, Place, harm

from haulback.app.restoring import RestoreCutShort
from haulback.backups.errors import (
    BackupDamaged,
    BadExpression,
    KeyChanged,
    NoKeyToCompareBy,
    NoProvedBackup,
    NoSuchBackup,
    NotInBackup,
    TableGone,
    TypesChanged,
)
from haulback.capture.restoring import putting_back
from haulback.model.restore import How


def untouched(shop: Place) -> bool:
    return bool(shop.value("select to_regnamespace('haulback') is null"))


def test_a_backup_that_is_not_there(shop: Place) -> None:
    shop.backup("public.orders")
    with pytest.raises(NoSuchBackup):
        shop.restore(_Unknown(), hows=BOTH)


class _Unknown:
    id = "20200101T000000Z-table-abcdef"


def test_a_table_that_the_backup_does_not_hold(shop: Place) -> None:
    with pytest.raises(NotInBackup) as told:
        shop.restore(shop.backup("public.customers"), hows=BOTH)
    assert "public.customers" in told.value.hint


def test_a_table_that_was_dropped_since(shop: Place) -> None:
    backup = shop.backup("public.orders")
    shop.execute("drop table public.orders cascade")
    with pytest.raises(TableGone) as told:
        shop.restore(backup, hows=BOTH)
    assert told.value.exit_code == 3
    assert untouched(shop)


def test_another_key(shop: Place) -> None:
    backup = shop.backup("public.orders")
    shop.execute("""
        alter table public.lines drop constraint lines_order_fkey;
        alter table public.orders drop constraint orders_pkey, add primary key (id, customer);
    """)
    with pytest.raises(KeyChanged):
        shop.restore(backup, hows=BOTH)


def test_no_key(shop: Place) -> None:
    shop.execute("create table public.loose (a int); insert into public.loose values (1), (1)")
    with pytest.raises(NoKeyToCompareBy):
        shop.restore(shop.backup("public.loose"), "public.loose", hows=BOTH)


def test_a_type_that_the_values_of_the_backup_do_not_fit(shop: Place) -> None:
    backup = shop.backup("public.orders")
    shop.execute("drop view public.large")
    shop.execute("alter table public.orders drop constraint orders_code_key, alter column code type int using 1")
    with pytest.raises(TypesChanged) as told:
        shop.restore(backup, hows=BOTH)
    assert told.value.exit_code == 7
    assert untouched(shop)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "true) union select 1 where (true",
        "true; drop table public.orders",
        "id in (select id from public.orders)",
        "exists (select from public.orders)",
        "true) or (id = 1",
        "id = ",
        "no_such_column = 1",
        "pg_catalog.set_config('transaction_read_only', 'off', false) is null and no_such_column",
        "amount / 0 > 1",
    ],
)
def test_a_condition_that_is_none(shop: Place, expression: str) -> None:
    backup = shop.backup("public.orders")
    harm(shop)
    if expression == "true) or (id = 1":
        # One expression all the same, once it stands between brackets.
        assert shop.restore(backup, only_where=expression).differences.chosen == 60
        return
    with pytest.raises(BadExpression) as told:
        shop.restore(backup, hows=BOTH, only_where=expression)
    assert told.value.exit_code == 2
    assert untouched(shop)


def test_a_condition_cannot_write(shop: Place) -> None:
    """What the condition calls runs on a copy, as a role that may nothing, in a transaction that may only read."""
    shop.execute("""
        create function public.evil(bigint) returns boolean language plpgsql as
          $$begin delete from public.orders where id = $1; return true; end$$;
    """)
    backup = shop.backup("public.orders")
    harm(shop)
    with pytest.raises(BadExpression) as told:
        shop.restore(backup, hows=BOTH, only_where="public.evil(id)")
    assert "read-only" in told.value.message or "permission denied" in told.value.message
    assert untouched(shop)


def test_the_newest_proved_backup_at_a_time(shop: Place) -> None:
    first = shop.backup("public.orders")
    now = datetime.now(UTC) + timedelta(minutes=1)
    with pytest.raises(NoProvedBackup):
        shop.restore(at=now)
    assert shop.verify(first) == "proved"
    shop.execute("delete from public.orders where id = 1; delete from public.lines")
    shop.backup("public.orders")  # newer, and proved by nobody

    found = shop.restore(at=now)

    assert (found.differences.backup, found.differences.missing, found.proved) == (first.id, 1, True)
    with pytest.raises(NoProvedBackup):
        shop.restore(at=first.began_at - timedelta(seconds=1))


def test_a_flipped_byte_is_found_before_anything_is_touched(shop: Place) -> None:
    backup = shop.backup("public.orders")
    harm(shop)
    folder = shop.settings.root / "backups" / "local" / backup.id
    for name in ("0001.copy.zst", "0001.rows.zst"):
        path = folder / name
        whole = path.read_bytes()
        for place in range(20, len(whole), max(1, len(whole) // 8)):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x40]) + whole[place + 1 :])
            try:
                found = shop.restore(backup)
            except BackupDamaged:
                continue
            # Some bytes bear nothing that was looked at; then what was found is what is true.
            assert (found.differences.missing, found.differences.changed) == (30, 30)
        path.write_bytes(whole)
    assert untouched(shop)


def test_a_flipped_byte_is_found_where_all_rows_are_read_anew(shop: Place) -> None:
    backup = shop.backup("public.orders")
    harm(shop)
    shop.execute("alter table public.orders drop column code cascade")
    path = shop.settings.root / "backups" / "local" / backup.id / "0001.copy.zst"
    whole = path.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 16)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x40]) + whole[place + 1 :])
        with pytest.raises(BackupDamaged):
            shop.restore(backup, hows=BOTH)
    path.write_bytes(whole)
    assert untouched(shop)
    assert shop.restore(backup).differences.missing == 30


def test_another_request_does_not_mix_with_one_that_was_cut_short(shop: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    backup = shop.backup("public.orders")
    harm(shop)

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(putting_back._PuttingBack, "_at_once", cut)
        with pytest.raises(KeyboardInterrupt):
            shop.restore(backup, hows=BOTH)

    with pytest.raises(RestoreCutShort):
        shop.restore(backup, hows=frozenset({How.MISSING}))
    found = shop.restore(backup, hows=BOTH)
    assert (found.restore.number, found.rows.inserted, found.rows.updated) == (1, 30, 30)
