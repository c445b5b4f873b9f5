"""In the place of a DROP TABLE the table moves, and whatever the statement would have taken with it goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from haulback.capture import attic
from haulback.capture.coming_back import bring_back
from haulback.capture.setting_aside import CannotMove, named, set_aside
from haulback.migrations.drops import TableName
from haulback.migrations.parse import script
from haulback.model.capture import CaptureKind, Keeps
from haulback.model.schema import compare
from haulback.pg import execution
from haulback.pg.catalog.inverse import inverse
from haulback.pg.catalog.reader import read
from haulback.pg.catalog.renames import renames
from haulback.pg.execution import StatementFailed

BASE = """
create table public.shelves (id int primary key);
create table public.boxes (id serial primary key, shelf int references public.shelves, made date default current_date);
create index boxes_made on public.boxes (made);
create table public.labels (id int primary key, box int references public.boxes);
create view public.full_boxes as select b.id, b.shelf from public.boxes as b;
insert into public.shelves values (1), (2);
insert into public.boxes (shelf) select i % 2 + 1 from generate_series(1, 50) as i;
insert into public.labels select i, i from generate_series(1, 20) as i;
"""


class Dropped:
    """One statement that drops tables, and what takes its place."""

    def __init__(self, work: psycopg.Connection, deployment, text: str) -> None:
        self.work, self.deployment = work, deployment
        attic.install(work)
        self.statements = script(Path("1.sql"), text).statements
        self.before = read(work)

    def by_hand(self):
        """The schema that the statement leaves."""
        with self.work.transaction(force_rollback=True):
            self.drop()
            return read(self.work)

    def drop(self) -> None:
        execution.run(self.work, Path("1.sql"), self.statements)

    def aside(self, *tables: str):
        oids = {self._oid(one): one for one in tables}
        with self.work.transaction():
            return set_aside(self.work, self.deployment, oids, self.drop)

    def back(self) -> None:
        with self.work.transaction():
            bring_back(self.work, self.deployment)
            for step in renames(self.before, read(self.work)):
                self.work.execute(step.statement.encode())
            back = inverse(self.before, read(self.work))
            for statement in (*back.statements, *back.finish):
                self.work.execute(statement.encode())

    def _oid(self, table: str) -> int:
        row = self.work.execute("select %s::regclass::oid", [table]).fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
def dropped(work, deploy) -> Callable[[str], Dropped]:
    work.execute(BASE)
    return lambda text: Dropped(work, deploy(), text)


def _differences(one, other) -> tuple[str, ...]:
    return compare(one, other).lines()


def test_it_leaves_what_the_statement_leaves_and_comes_back(work, dropped) -> None:
    one = dropped("drop table public.boxes cascade")
    rows = work.execute("select * from public.boxes order by id").fetchall()
    wanted = one.by_hand()
    (capture,) = one.aside("public.boxes")
    assert (capture.keeps, capture.kind) == (Keeps.BEFORE, CaptureKind.MOVED_TABLE)
    assert _differences(wanted, read(work)) == ()
    assert attic.leaks(work) == ()
    assert attic.count(work, capture).rows == 50
    work.execute("create table public.boxes (id int)")  # its name is somebody else's by now
    work.execute("drop table public.boxes")
    one.back()
    assert _differences(one.before, read(work)) == ()
    assert work.execute("select * from public.boxes order by id").fetchall() == rows
    assert work.execute("insert into public.boxes default values returning id").fetchone() == (51,)


def test_tables_that_refer_to_each_other_move_together(work, dropped) -> None:
    one = dropped("drop table public.labels, public.boxes cascade")
    wanted = one.by_hand()
    captures = one.aside("public.labels", "public.boxes")
    assert {capture.identity for capture in captures} == {"public.labels", "public.boxes"}
    assert _differences(wanted, read(work)) == ()
    one.back()
    assert _differences(one.before, read(work)) == ()
    assert work.execute("select count(*) from public.labels join public.boxes b on b.id = box").fetchone() == (20,)


def test_what_the_server_refuses_is_refused_and_nothing_moves(work, dropped) -> None:
    one = dropped("drop table public.boxes")
    with pytest.raises(StatementFailed, match="other objects depend on it"):
        one.aside("public.boxes")
    assert _differences(one.before, read(work)) == ()
    assert work.execute("select count(*) from haulback.capture").fetchone() == (0,)


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ("create table public.holder (id int, held public.boxes)", "column held of table"),
        ("create domain public.boxed as public.boxes check ((value).id > 0)", "type public.boxed|type boxed"),
        ("create table public.heir () inherits (public.boxes)", "heir"),
        (
            "create trigger haulback_note_d1_x before update on public.boxes for each row execute function pg_catalog.suppress_redundant_updates_trigger()",
            "watched",
        ),
    ],
    ids=["column", "domain", "child", "trigger of ours"],
)
def test_what_would_bear_on_the_attic_keeps_it_where_it_is(work, dropped, made: str, reason: str) -> None:
    work.execute(made)
    one = dropped("drop table public.boxes cascade")
    with pytest.raises(CannotMove, match=reason):
        one.aside("public.boxes")
    assert _differences(one.before, read(work)) == ()


def test_a_publication_of_somebody_else_keeps_it_where_it_is(work, dropped, any_database) -> None:
    with any_database.connect("supabase_admin", autocommit=True) as operator:
        operator.execute("create publication theirs for table public.boxes")
    one = dropped("drop table public.boxes cascade")
    with pytest.raises(CannotMove, match="must be owner of publication"):
        one.aside("public.boxes")


def test_another_role_does_not_move_anything(work, dropped) -> None:
    one = dropped("drop table public.boxes cascade")
    work.execute("create role mover; grant mover to current_user; grant create on schema public to mover")
    work.execute("alter table public.boxes owner to mover")
    with work.transaction(force_rollback=True):
        work.execute("set local role mover")
        with pytest.raises(CannotMove, match="may not move it"):
            set_aside(work, one.deployment, {one._oid("public.boxes"): "public.boxes"}, one.drop)
    work.execute("drop table public.boxes cascade; revoke all on schema public from mover; drop role mover")


def test_names_mean_what_they_mean_in_the_session(work, dropped) -> None:
    one = dropped("drop table public.boxes")
    boxes = one._oid("public.boxes")
    assert named(work, [TableName("", "boxes"), TableName("", "nowhere")]) == (boxes,)
    with work.transaction():
        work.execute("create temp table boxes (id int) on commit drop")
        assert named(work, [TableName("", "boxes")]) != (boxes,)
        assert named(work, [TableName("public", "boxes")]) == (boxes,)
