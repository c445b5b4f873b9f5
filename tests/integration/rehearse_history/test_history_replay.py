"""A folder is replayed forward, back and forward; each way it can end is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.app.replaying import Request, replay
from haulback.config.loading import load
from haulback.errors import UsageError
from haulback.model.history_replay import HistoryReplay, ReplayedFile, Reversal

FILES = {
    "1_notes.sql": """
        create type public.mood as enum ('good');
        create table public.notes (id bigint primary key, body text not null default '', old int, mood public.mood);
        create index notes_body on public.notes (body);
        insert into public.notes (id) values (1);
    """,
    "2_only_rows.sql": "update public.notes set body = 'x';",
    "3_drops_a_column.sql": "alter table public.notes drop column old;",
    "4_fails.sql": "create table public.half (id int); select 1/0;",
    "5_no_transaction.sql": """
        create index concurrently notes_id_body on public.notes (id, body);
        alter table public.notes add column extra int;
    """,
    "6_fails_in_parts.sql": """
        create table public.part (id int);
        create index concurrently part_id on public.part (id);
        alter table public.notes drop column mood;
        select 1/0;
    """,
    "7_with_script.sql": "create view public.bodies as select body from public.notes;",
    "7_with_script.down.sql": "drop view public.bodies;",
    "8_partitions.sql": """
        create table public.parted (id int, at date) partition by range (at);
        create table public.parted_old partition of public.parted for values from ('2020-01-01') to ('2021-01-01');
        alter table public.notes add column part int;
    """,
    "9_no_sql.sql": "create tabel x;",
    "10_what_pg_dump_leaves_out.sql": "create role replayed_role; alter role replayed_role set work_mem = '8MB';",
}


def _replay(tmp_path: Path, files: dict[str, str], request: Request) -> tuple[HistoryReplay, list[ReplayedFile]]:
    folder = tmp_path / "migrations"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    told: list[ReplayedFile] = []
    settings = load({"HAULBACK_HOME": str(tmp_path / "home")}, tmp_path, None, folder)
    found = replay(settings, request, lambda one, _number, _total: told.append(one))
    return found, told


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[HistoryReplay, list[ReplayedFile]]:
    return _replay(tmp_path_factory.mktemp("history"), FILES, Request())


def test_each_file_ends_as_it_must(replayed: tuple[HistoryReplay, list[ReplayedFile]]) -> None:
    found, _ = replayed
    assert {one.label: one.reversal for one in found.files} == {
        "10_what_pg_dump_leaves_out": Reversal.EXACT,
        "1_notes": Reversal.EXACT,
        "2_only_rows": Reversal.UNCHANGED,
        "3_drops_a_column": Reversal.COLUMN_ORDER,
        "4_fails": Reversal.FAILED,
        "5_no_transaction": Reversal.EXACT,
        "6_fails_in_parts": Reversal.FAILED,
        "7_with_script": Reversal.EXACT,
        "8_partitions": Reversal.EXACT,
        "9_no_sql": Reversal.FAILED,
    }, [one.reason for one in found.files]
    assert (found.applied, found.changed, found.ok) == (7, 6, False)
    assert not found.platform


def test_a_failure_says_where(replayed: tuple[HistoryReplay, list[ReplayedFile]]) -> None:
    found, _ = replayed
    reasons = {one.version: one.reason for one in found.of(Reversal.FAILED)}
    assert "division by zero" in reasons["4"]
    assert "6_fails_in_parts.sql:5:9" in reasons["6"]
    assert "syntax error" in reasons["9"]


def test_progress_is_told_file_by_file(replayed: tuple[HistoryReplay, list[ReplayedFile]]) -> None:
    found, told = replayed
    assert tuple(told) == found.files


def test_the_fingerprint_judges_as_pg_dump_does(
    replayed: tuple[HistoryReplay, list[ReplayedFile]], tmp_path: Path
) -> None:
    found, _ = _replay(tmp_path, FILES, Request(dump=False))
    assert (replayed[0].judge, found.judge) == ("pg_dump", "fingerprint")
    assert [(one.version, one.reversal) for one in found.files] == [
        (one.version, one.reversal) for one in replayed[0].files
    ]


def test_a_rollback_script_that_fails_leaves_it_to_the_inverse(tmp_path: Path) -> None:
    files = {
        "1_things.sql": "create table public.things (id int primary key);",
        "1_things.down.sql": "drop tabel public.things;",
        "2_more.sql": "alter table public.things add column a int; create index more_a on public.things (a);",
        "2_more.down.sql": "drop index public.more_a; drop index public.never_was;",
    }
    found, _ = _replay(tmp_path, files, Request())
    assert [one.reversal for one in found.files] == [Reversal.EXACT, Reversal.EXACT]
    unreadable, failing = (one.reason for one in found.files)
    assert 'syntax error at or near "tabel"' in unreadable
    assert 'index "never_was" does not exist' in failing
    assert {unreadable[:20], failing[:20]} == {"by the inverse alone"}


def test_only_one_file_on_the_platform(tmp_path: Path) -> None:
    files = {
        "1_users.sql": "create table public.profiles (id uuid primary key references auth.users (id));",
        "2_policy.sql": """
            alter table public.profiles enable row level security;
            create policy own on public.profiles to authenticated using ((select auth.uid()) = id);
        """,
    }
    found, _ = _replay(tmp_path, files, Request(only=frozenset({"2"}), dump=False))
    assert found.platform
    assert [(one.version, one.reversal) for one in found.files] == [("2", Reversal.EXACT)]


def test_a_version_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no version 7"):
        _replay(tmp_path, {"1_a.sql": "select 1;"}, Request(only=frozenset({"7"})))
