"""A copy under way outlives that an earlier migration renames what it is of."""

from __future__ import annotations

from typing import Any

import pytest

from haulback.capture.copying import CopyAhead
from haulback.deploy import copies
from haulback.deploy.copies import PendingCopy
from haulback.deploy.old_names import old_names
from haulback.journal.journal import Journal
from haulback.model.capture import Keeps, PlannedCopy
from haulback.model.schema import compare
from haulback.pg.catalog.reader import read

BASE = """
create table public.people (id int primary key, first text, last text);
insert into public.people select i, 'first ' || i, 'last ' || i from generate_series(1, 20) i;
"""
RENAMES = """
alter table public.people rename to folk;
alter table public.folk rename column first to x;
alter table public.folk rename column last to first;
alter table public.folk rename column x to last;
create schema elsewhere;
alter table public.folk set schema elsewhere;
create table public.people (id int primary key);
"""


@pytest.fixture
def work(database: Any) -> Any:
    """On one server only: what is told apart here is the same on both."""
    with database.connect(autocommit=True) as connection:
        Journal(connection).install()
        yield connection


def _armed(work: Any, planned: PlannedCopy, deployment: Any) -> PendingCopy:
    ahead = CopyAhead(deployment, planned, Keeps.BEFORE)
    ahead.arm(work)
    found = PendingCopy(planned, copies.signature(work, planned))
    ahead.copy(work)
    return found


@pytest.mark.parametrize("columns", [(), ("first", "last")], ids=["table", "columns"])
def test_it_is_finished_under_the_names_of_before(work: Any, deploy: Any, columns: tuple[str, ...]) -> None:
    work.execute(BASE)
    before, deployment = read(work), deploy()
    planned = PlannedCopy("public.people", columns)
    pending = _armed(work, planned, deployment)
    work.execute(RENAMES)
    assert copies.gone(work, [pending]) == frozenset()
    work.execute(
        "update elsewhere.folk set first = 'since' where id = 3; insert into elsewhere.folk (id, last) values (21, 'a')"
    )
    renamed = read(work)
    with work.transaction(), old_names(work, before, ["public.people"]):
        capture = CopyAhead(deployment, planned, Keeps.BEFORE).finish(work)
    difference = compare(renamed, read(work))
    assert {key.kind for key in difference.dropped} == {"trigger"}  # those of the copy
    assert (*difference.created, *difference.changed, *difference.reordered) == ()
    kept = work.execute(
        f"select first, last from haulback_attic.{capture.attic_table} where id in (3, 21) order by id".encode()
    ).fetchall()
    assert kept == [("first 3", "since"), ("a", None)]
    assert (capture.identity, set(capture.columns) >= {"first", "last"}) == ("public.people", True)


@pytest.mark.parametrize(
    "change",
    [
        "alter table public.people drop column last",
        "alter table public.people alter column last type varchar(40)",
        "drop table public.people",
        "drop table public.people; create table public.people (id int primary key, last text)",
        # The triggers of the copy know the key by its name.
        "alter table public.people rename column id to number",
    ],
)
def test_what_is_gone_is_gone(work: Any, deploy: Any, change: str) -> None:
    work.execute(BASE)
    pending = _armed(work, PlannedCopy("public.people", ("last",)), deploy())
    with work.transaction(force_rollback=True):
        for trigger in work.execute("select tgname from pg_trigger where tgname like 'haulback%'").fetchall():
            work.execute(f"drop trigger {trigger[0]} on public.people")
        work.execute(change)
        assert copies.gone(work, [pending]) == {"public.people"}
