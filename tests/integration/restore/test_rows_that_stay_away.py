"""Rows of erased users and archived rows never come back."""

from __future__ import annotations

from restore_place import BOTH, Place

EVENTS = "public.engagement_events"
ONE = "00000000-0000-4000-8000-000000000001"


def test_erased_users_stay_erased(module: Place) -> None:
    backup = module.backup(EVENTS)
    module.execute("delete from public.engagement_events where value ->> 'n' in ('1', '2', '3', '4', '5', '6')")
    module.rows("select public.delete_user_data(%s)", [ONE])

    found = module.restore(backup, table=EVENTS, hows=BOTH)

    assert found.rows.left == {"erased user": 200}
    assert found.rows.inserted == 4
    assert module.value("select count(*) from public.engagement_events where user_id = %s", [ONE]) == 0


def test_a_user_who_is_erased_after_a_restore_is_in_nothing_that_it_keeps(module: Place) -> None:
    backup = module.backup(EVENTS)
    module.execute("delete from public.engagement_events where value ->> 'n' in ('1', '2', '3', '4', '5', '6')")
    module.execute("update public.engagement_events set event_type = 'heard' where value ->> 'n' in ('7', '8', '9')")
    module.restore(backup, table=EVENTS, hows=BOTH)

    counts = module.value("select public.delete_user_data(%s)", [ONE])

    assert counts["captures"] == {EVENTS: 7}  # 3 of the backup, 1 as it was, 3 as they came back
    for (name,) in module.rows("select attic_table from haulback.capture where restore is not null"):
        assert module.value(f"select count(*) from haulback_attic.{name} where user_id = %s", [ONE]) == 0
    _, rows = module.undo(1)
    assert (rows.deleted, rows.set_back, rows.left) == (4, 2, {})


def test_archived_rows_stay_in_the_archive(module: Place) -> None:
    backup = module.backup(EVENTS)
    assert module.value("select public.archive_old_deleted_events()") == 60
    module.execute("delete from public.engagement_events where value ->> 'n' = '7'")

    found = module.restore(backup, table=EVENTS, hows=BOTH)

    assert found.differences.missing == 61
    assert (found.rows.inserted, found.rows.left) == (1, {"archived": 60})
    assert module.value("select count(*) from public.engagement_events_archive") == 60
