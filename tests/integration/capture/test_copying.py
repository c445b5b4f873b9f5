"""Copies made ahead hold every row and lose no write, or say that they are not whole."""

from __future__ import annotations

import threading
import time

import pytest

from haulback.capture import attic, copying
from haulback.capture.copying import CopyAhead, CopyLost, NoKeyToCopyBy, abandon
from haulback.model.capture import CaptureKind, Keeps, PlannedCopy

TABLE = """
create table public.things (
  a int, b text, v int, note jsonb, raw json, other int default 0, owner uuid references auth.users,
  primary key (a, b)
);
insert into public.things (a, b, v, note, raw)
  select i, 'key ''' || i, i, jsonb_build_object('i', i), '{"x": 1}' from generate_series(1, 3000) i;
"""
COLUMNS = PlannedCopy("public.things", ("v", "raw"))
WHOLE = PlannedCopy("public.things")


def in_the_copy(work, capture, columns="a, b, v, raw::text"):
    return work.execute(f'select {columns} from haulback_attic."{capture.attic_table}" order by 1, 2').fetchall()


def traces(work) -> int:
    (triggers,) = work.execute("select count(*) from pg_trigger where tgname like 'haulback%'").fetchone()
    (relations,) = work.execute(
        "select count(*) from pg_class where relnamespace = 'haulback_attic'::regnamespace"
        " and relkind = 'r' and relname <> 'left_behind'"
    ).fetchone()
    (functions,) = work.execute(
        "select count(*) from pg_proc where pronamespace = 'haulback_attic'::regnamespace"
    ).fetchone()
    return triggers + relations + functions


class Writers:
    """Threads that write all the time; every change is one they know to be committed."""

    def __init__(self, database, threads=2) -> None:
        self._database, self._over = database, threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(i,)) for i in range(threads)]
        self.errors: list[Exception] = []
        self.committed = 0

    def _write(self, number: int) -> None:
        try:
            with self._database.connect(autocommit=True) as one:
                n = 0
                while not self._over.is_set():
                    n += 1
                    key = 1 + (n * 7 + number) % 3000
                    one.execute("update public.things set v = v + 1, note = note where a = %s", [key])
                    one.execute("update public.things set other = other + 1 where a = %s", [key])
                    one.execute(
                        "insert into public.things (a, b, v) values (%s, 'new', %s)", [10_000_000 * (number + 1) + n, n]
                    )
                    if n % 3 == 0:
                        one.execute("delete from public.things where a = %s", [10_000_000 * (number + 1) + n - 1])
                    if n % 5 == 0:
                        one.execute("update public.things set a = -a where a = %s", [key + 1])
                    self.committed += 1
                    time.sleep(0.002)
        except Exception as error:  # noqa: BLE001 - told by the test
            self.errors.append(error)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.parametrize("ranges", [False, True])
@pytest.mark.parametrize("planned", [COLUMNS, WHOLE])
def test_no_write_is_lost_while_copying(work, deploy, any_database, monkeypatch, planned, ranges) -> None:
    if ranges:
        monkeypatch.setattr(copying, "_SMALL", -1)
    work.execute(TABLE)
    ahead = CopyAhead(deploy(), planned, Keeps.BEFORE)
    with Writers(any_database) as writers:
        time.sleep(0.05)
        ahead.arm(work)
        ahead.copy(work, rows=500)
        before = writers.committed
        while writers.committed < before + 20 and not writers.errors:
            time.sleep(0.01)
        with work.transaction():
            capture = ahead.finish(work)
            truth = work.execute("select a, b, v, raw::text from public.things order by 1, 2").fetchall()
            copied = in_the_copy(work, capture)
    assert writers.errors == []
    assert writers.committed > before
    assert copied == truth
    assert capture.kind is (CaptureKind.COPIED_COLUMNS if planned.columns else CaptureKind.COPIED_TABLE)
    assert attic.count(work, capture).rows == len(truth)
    assert work.execute("select count(*) from pg_trigger where tgname like 'haulback%'").fetchone() == (0,)


@pytest.mark.parametrize("moment", ["armed", "copied"])
def test_abandoned_after_a_crash_and_again(work, deploy, moment) -> None:
    work.execute(TABLE)
    deployment = deploy()
    ahead = CopyAhead(deployment, COLUMNS, Keeps.BEFORE)
    ahead.arm(work)
    if moment == "copied":
        ahead.copy(work)
    abandon(work, deployment)
    abandon(work, deployment)
    assert traces(work) == 0
    ahead.arm(work)
    ahead.arm(work)
    ahead.copy(work)
    with work.transaction():
        capture = ahead.finish(work)
    abandon(work, deployment)
    assert len(in_the_copy(work, capture)) == 3000


def test_never_armed_or_truncated_or_disabled_is_not_whole(work, deploy) -> None:
    work.execute(TABLE)
    ahead = CopyAhead(deploy(), WHOLE, Keeps.BEFORE)
    with pytest.raises(CopyLost, match="triggers"), work.transaction():
        ahead.finish(work)
    ahead.arm(work)
    ahead.copy(work)
    work.execute("truncate public.things")
    with pytest.raises(CopyLost, match="truncated"), work.transaction():
        ahead.finish(work)
    ahead.arm(work)
    ahead.copy(work)
    work.execute("alter table public.things disable trigger user")
    with pytest.raises(CopyLost, match="triggers"), work.transaction():
        ahead.finish(work)


def test_a_crash_of_the_server_is_noticed(work, deploy) -> None:
    work.execute(TABLE)
    ahead = CopyAhead(deploy(), WHOLE, Keeps.BEFORE)
    ahead.arm(work)
    ahead.copy(work)
    # What recovery does to an unlogged table.
    (log,) = work.execute(
        "select oid::regclass::text from pg_class where relpersistence = 'u' and relkind = 'r'"
    ).fetchone()
    work.execute(f"truncate {log}")
    with pytest.raises(CopyLost, match="crashed"), work.transaction():
        ahead.finish(work)


def test_without_a_key(work, deploy) -> None:
    work.execute("create table public.heap (v int)")
    with pytest.raises(NoKeyToCopyBy):
        CopyAhead(deploy(), PlannedCopy("public.heap"), Keeps.BEFORE).arm(work)
    assert work.execute("select count(*) from pg_trigger where tgname like 'haulback%'").fetchone() == (0,)


def test_a_policy_never_thins_out_a_copy(work, deploy) -> None:
    work.execute(TABLE)
    work.execute("alter table public.things enable row level security, force row level security")
    ahead = CopyAhead(deploy(), WHOLE, Keeps.BEFORE)
    ahead.arm(work)
    ahead.copy(work)
    with work.transaction():
        capture = ahead.finish(work)
    assert len(in_the_copy(work, capture)) == 3000


def test_a_role_that_policies_bind_is_refused(work, deploy, any_database) -> None:
    work.execute(
        "create schema app; grant all on schema app to authenticator; grant create on database "
        f'"{any_database.name}" to authenticator'
    )
    work.execute(
        "grant usage on schema haulback to authenticator; grant select, insert on all tables in schema haulback to authenticator"
    )
    with any_database.connect("authenticator", autocommit=True) as bound:
        bound.execute("create table app.t (id int primary key); insert into app.t select generate_series(1, 5)")
        bound.execute("alter table app.t enable row level security, force row level security")
        ahead = _armed_without_install(work, bound, deploy)
        with pytest.raises(copying.PolicyInTheWay):
            ahead.copy(bound)


def _armed_without_install(work, bound, deploy):
    attic.install(work)
    work.execute(
        "grant all on schema haulback_attic to authenticator; grant all on all tables in schema haulback_attic to authenticator"
    )
    work.execute("grant execute on all functions in schema haulback to authenticator")
    ahead = CopyAhead(deploy(), PlannedCopy("app.t"), Keeps.BEFORE)
    ahead.arm(bound)
    return ahead


def test_partitioned_tables_are_copied_through_their_root(work, deploy) -> None:
    work.execute("""
        create table public.logs (id int primary key, v text) partition by range (id);
        create table public.logs_1 partition of public.logs for values from (0) to (10);
        create table public.logs_2 partition of public.logs default;
        insert into public.logs select i, 'v' from generate_series(1, 30) i;
    """)
    ahead = CopyAhead(deploy(), PlannedCopy("public.logs", ("v",)), Keeps.BEFORE)
    ahead.arm(work)
    ahead.copy(work, rows=7)
    work.execute("update public.logs_2 set v = 'w' where id = 20; delete from public.logs_1 where id = 3")
    with work.transaction():
        capture = ahead.finish(work)
    assert dict(in_the_copy(work, capture, "id, v"))[20] == "w"
    assert len(in_the_copy(work, capture, "id, v")) == 29


def test_what_changes_during_the_copy_is_caught_up_with_before_the_lock(work, deploy, any_database) -> None:
    work.execute(TABLE)
    ahead = CopyAhead(deploy(), WHOLE, Keeps.BEFORE)
    ahead.arm(work)
    with any_database.connect(autocommit=True) as user:
        user.execute("update public.things set v = coalesce(v, 0) + 1")
        changed = user.execute("select count(*) from public.things").fetchone()[0]
    marked = """select attrelid::regclass::text from pg_attribute as a join pg_class as c on c.oid = a.attrelid
                 where a.attname = 'haulback_mark' and c.relkind = 'r'"""
    (log,) = work.execute(marked).fetchone()
    waiting = f"select count(*) from {log} where haulback_mark is null"
    assert work.execute(waiting).fetchone()[0] >= changed
    ahead.copy(work)
    assert work.execute(waiting).fetchone()[0] == 0
    with work.transaction():
        capture = ahead.finish(work)
        truth = work.execute("select a, b, v, raw::text from public.things order by 1, 2").fetchall()
        assert in_the_copy(work, capture) == truth


@pytest.mark.parametrize("key", ["a, b", "b, a", "b"])
def test_ranges_are_as_large_as_they_are_meant_to_be(work, deploy, monkeypatch, key) -> None:
    """Numbers are not in the order of their texts."""
    monkeypatch.setattr(copying, "_SMALL", -1)
    work.execute(f"""
        create table public.numbers (a int not null, b int not null, v text, primary key ({key}));
        insert into public.numbers select i % 3, i, 'v' from generate_series(1, 2500) i;
    """)
    told = []
    ahead = CopyAhead(deploy(), PlannedCopy("public.numbers"), Keeps.BEFORE)
    ahead.arm(work)
    ahead.copy(work, rows=700, progress=told.append)
    assert [one.rows for one in told] == [700, 1400, 2100, 2500]
    assert [one.over for one in told] == [False, False, False, True]
    with work.transaction():
        assert attic.count(work, ahead.finish(work)).rows == 2500
