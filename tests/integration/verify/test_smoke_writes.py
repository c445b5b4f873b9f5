"""Smoke writes on a real server: refused is right, broken is not, and nothing stays."""

from __future__ import annotations

import pytest

from haulback.model.check import Outcome
from haulback.verify.validation import smoke_writes

TABLE = ["public.notes"]


def test_a_sound_table_passes_and_no_row_stays(notes):
    notes.execute("create table public.visits (id integer generated always as identity, at timestamptz default now())")
    notes.execute("grant all on public.visits to anon, authenticated, service_role")

    result = smoke_writes(notes, [*TABLE, "public.visits", "public.not_there"])

    assert result.outcome is Outcome.PASS, result
    assert notes.execute("select count(*) from public.visits").fetchone() == (0,)
    assert notes.execute("select count(*) from public.notes").fetchone() == (4,)


BREAKS = [
    (
        "create policy p on public.notes for select to authenticated using (exists (select from public.notes))",
        "infinite recursion",
    ),
    (
        (
            "create function public.gone() returns trigger language plpgsql as"
            " $$ begin new.nowhere := 1; return new; end $$;"
            " create trigger gone before insert on public.notes for each row execute function public.gone()"
        ),
        "nowhere",
    ),
]


@pytest.mark.parametrize(("change", "words"), BREAKS)
def test_what_cannot_run_at_all_fails(notes, change, words):
    notes.execute(change)

    result = smoke_writes(notes, TABLE)

    assert result.outcome is Outcome.FAIL, result
    assert words in result.detail


def test_a_policy_that_reads_what_its_reader_may_not_is_unknown(notes):
    notes.execute("create table public.secret (id integer); revoke all on public.secret from anon, authenticated")
    notes.execute(
        "create policy p on public.notes for select to authenticated using (exists (select from public.secret))"
    )

    result = smoke_writes(notes, TABLE)

    assert result.outcome is Outcome.UNKNOWN
    assert "permission denied for table secret" in result.detail


def test_a_locked_table_is_unknown(notes, database):
    with database.connect() as holder:
        holder.execute("lock table public.notes")
        result = smoke_writes(notes, TABLE)
        holder.rollback()

    assert result.outcome is Outcome.UNKNOWN
