"""What a deployment opened is told from what was open before, on a real server."""

from __future__ import annotations

import pytest

from haulback.model.check import Outcome
from haulback.verify import verification


def widening(connection, before):
    (result,) = (one for one in verification.run(connection, before=before) if one.id == "widening")
    return result


def test_nothing_widened_where_nothing_changed(notes):
    result = widening(notes, verification.baseline(notes))
    assert result.outcome is Outcome.PASS
    assert not result.breach


def test_without_a_baseline_nothing_is_said(notes):
    assert "widening" not in {one.id for one in verification.run(notes, before=None)}


BREACHES = [
    ("create policy p on public.notes for select to authenticated using (true)", "may SELECT every row"),
    ("create policy p on public.notes for select using (body is not null)", "anon sees 4 rows of users"),
    ("create policy p on public.notes for select to authenticated using (1 = 1)", "sees 2 rows of another"),
    ("create policy p on public.notes for update to authenticated using (true)", "authenticated may UPDATE every row"),
    ("create policy p on public.notes for delete to anon using (true)", "anon may DELETE every row"),
    ("alter table public.notes disable row level security", "anon may SELECT every row"),
]


@pytest.mark.parametrize(("change", "words"), BREACHES)
def test_each_way_of_opening_a_private_table_is_a_breach(notes, change, words):
    before = verification.baseline(notes)
    notes.execute(change)

    result = widening(notes, before)

    assert result.outcome is Outcome.FAIL
    assert result.breach
    assert words in result.detail


def test_what_is_public_on_purpose_may_stay_public_and_grow(notes, users):
    notes.execute("create policy p on public.notes for select using (true)")
    before = verification.baseline(notes)
    notes.execute("insert into public.notes (author, body) values (%s, 'z')", (users[0],))

    assert widening(notes, before).outcome is Outcome.PASS


def test_a_new_own_rows_policy_is_no_widening(notes):
    notes.execute("drop policy own on public.notes")
    before = verification.baseline(notes)
    notes.execute("create policy own on public.notes to authenticated using ((select auth.uid()) = author)")

    assert widening(notes, before).outcome is Outcome.PASS


def test_a_new_public_table_is_nobodys_widening(notes):
    before = verification.baseline(notes)
    notes.execute("create table public.countries (code text); grant select on public.countries to anon")

    assert widening(notes, before).outcome is Outcome.PASS


def test_rows_of_a_single_user_are_probed_by_a_stranger(notes, users):
    notes.execute("delete from public.notes where author = %s", (users[0],))
    before = verification.baseline(notes)
    notes.execute("create policy p on public.notes for select to authenticated using (1 = 1)")

    assert widening(notes, before).breach


def test_an_opened_table_without_rows_is_unknown(notes):
    notes.execute("delete from public.notes")
    before = verification.baseline(notes)
    notes.execute("create policy p on public.notes for select to authenticated using (true)")

    result = widening(notes, before)

    assert result.outcome is Outcome.UNKNOWN
    assert not result.breach
    assert "no rows of users" in result.detail


def test_a_restrictive_policy_beside_true_leaves_it_to_the_rows(notes):
    before = verification.baseline(notes)
    notes.execute("create policy p on public.notes for select to authenticated using (true)")
    notes.execute(
        "create policy q on public.notes as restrictive to authenticated using ((select auth.uid()) = author)"
    )

    assert widening(notes, before).outcome is Outcome.PASS


def test_a_table_that_cannot_be_read_is_unknown(notes, database):
    before = verification.baseline(notes)
    with database.connect() as holder:
        holder.execute("lock table public.notes")
        result = widening(notes, before)
        holder.rollback()

    assert result.outcome is Outcome.UNKNOWN
    assert "lock timeout" in result.detail


def test_a_table_that_takes_too_long_is_unknown_and_named(notes):
    before = verification.baseline(notes)
    notes.execute("create policy p on public.notes to authenticated using (pg_sleep(60) is null)")

    result = widening(notes, before)

    assert result.outcome is Outcome.UNKNOWN
    assert "public.notes" in result.detail


def test_the_baseline_can_be_taken_on_every_major(any_database):
    with any_database.connect(autocommit=True) as connection:
        connection.execute("create table public.open_table (id integer); grant select on public.open_table to anon")
        found = verification.baseline(connection)

    assert found.reach["public.open_table", "anon", "SELECT"] == "all"
