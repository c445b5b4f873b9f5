"""A restore is taken back: what users wrote since stays."""

from __future__ import annotations

import psycopg
import pytest
from restore_place import BOTH, Place, harm

from haulback.app.restore_undo import BelowAnother, NothingToUndo
from haulback.capture.restoring.taking_out import CannotUndo
from haulback.model.restore import How

ALL = "select id, customer, code, note, amount, double, seen from public.orders order by id"


def test_everything_is_as_it_was_before_the_restore(shop: Place) -> None:
    backup = shop.backup("public.orders")
    harm(shop)
    before = shop.rows(ALL)
    shop.restore(backup, hows=BOTH)

    restore, rows = shop.undo(1)

    assert (restore.state, rows.deleted, rows.set_back, rows.left) == ("undone", 30, 30, {})
    assert shop.rows(ALL) == before
    with pytest.raises(NothingToUndo):
        shop.undo(1)


def test_what_users_wrote_since_stays(shop: Place) -> None:
    backup = shop.backup("public.orders")
    harm(shop)
    shop.restore(backup, hows=BOTH)
    shop.execute("alter table public.orders disable trigger stamp")
    shop.execute("update public.orders set note = 'mine' where id in (50, 70)")  # inserted, and changed by the restore
    shop.execute("delete from public.orders where id in (150, 170)")
    shop.execute("insert into public.lines values (99, 250, 'refers to a row that came back')")

    _, rows = shop.undo(1)

    assert (rows.deleted, rows.set_back, rows.touched, rows.gone) == (27, 29, 1, 2)
    assert rows.left == {"written since it came back": 1, "other rows refer to it": 1}
    assert rows.refused == 0
    assert shop.value("select note from public.orders where id = 50") == "mine"
    # The column that a user wrote stays, the other one has the value from before the restore.
    assert shop.rows("select note, amount from public.orders where id = 70") == [("mine", 71)]
    assert shop.value("select what from public.lines where id = 99") is not None
    assert shop.value("select count(*) from public.orders where id in (150, 170)") == 0


def test_the_newest_goes_first(shop: Place) -> None:
    backup = shop.backup("public.orders")
    harm(shop)
    before = shop.rows(ALL)
    shop.restore(backup, hows=frozenset({How.MISSING}))
    shop.restore(backup, hows=frozenset({How.CHANGED}))

    with pytest.raises(BelowAnother):
        shop.undo(1)

    shop.undo(2)
    shop.undo(1)
    assert shop.rows(ALL) == before


def test_another_type_since_changes_nothing(shop: Place) -> None:
    backup = shop.backup("public.orders")
    harm(shop)
    shop.restore(backup, hows=BOTH)
    shop.execute("drop view public.large; alter table public.orders alter column code type varchar(40)")
    before = shop.rows(ALL)

    with pytest.raises(CannotUndo) as told:
        shop.undo(1)

    assert told.value.exit_code == 5
    assert shop.rows(ALL) == before
    # And the table is not blocked for the next restore.
    shop.execute("alter table public.orders alter column code type text")
    shop.undo(1)


def test_a_row_that_a_constraint_keeps_from_its_former_value_is_told_and_tried_again(shop: Place) -> None:
    backup = shop.backup("public.orders")
    harm(shop)
    shop.restore(backup, hows=BOTH)
    shop.execute("alter table public.orders add constraint never_71 check (id <> 70 or amount <> 71)")

    restore, rows = shop.undo(1)

    assert (restore.state, rows.deleted, rows.set_back, rows.refused) == ("going back", 30, 29, 1)
    shop.execute("alter table public.orders drop constraint never_71")
    restore, rows = shop.undo(1)
    assert (restore.state, rows.refused) == ("undone", 0)
    assert shop.value("select amount from public.orders where id = 70") == 71


def test_undo_takes_a_child_along_never(shop: Place) -> None:
    """A row that came back and was referred to since has a child that a cascade would have taken."""
    backup = shop.backup("public.orders")
    shop.execute("delete from public.orders where id = 3")  # its line goes by the cascade
    shop.restore(backup, hows=BOTH)
    with shop.database.connect() as writer:
        writer.execute("insert into public.lines values (50, 3, 'not committed yet')")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            shop.execute("set lock_timeout = '100ms'; select from public.orders where id = 3 for update")
        shop.execute("reset lock_timeout")
        writer.commit()

    _, rows = shop.undo(1)

    assert rows.left == {"other rows refer to it": 1}
    assert shop.value("select count(*) from public.lines where id = 50") == 1
