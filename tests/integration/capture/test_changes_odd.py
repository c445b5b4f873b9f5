"""Changes of rows that are easily noted wrongly: values that are equal and not the same, odd settings, odd keys."""

from __future__ import annotations

import pytest
from noting_session import note

from haulback.capture import attic, registry, taking_back
from haulback.capture.changes import arming, net, settling
from haulback.model.capture import CaptureKind


def _back(work, deployment) -> None:
    with work.transaction():
        arming.disarm(work, deployment)
    for one in registry.captures(work, deployment.id):
        if one.kind is CaptureKind.CHANGED_ROWS:
            settling.settle(work, one)
            attic.count(work, one)
    taking_back.fill(work, deployment, pause=0)


def _rows(work, table: str) -> list[tuple]:
    return work.execute(f"select t::text from {table} as t order by 1").fetchall()


def _through(work, deployment, *statements: str) -> None:
    """Runs the statements as one migration."""
    with work.transaction():
        arming.arm(work, deployment, "public.odd")
    with work.transaction():
        note(work, deployment)
        for one in statements:
            work.execute(one)


CHANGES = {
    "equal and not the same": (
        (
            "create table public.odd (id int primary key, n numeric, f float8, i interval, j jsonb);"
            "insert into public.odd select i, 1.500, '-0', '1 mon', '{\"a\": 1.0}' from generate_series(1, 9) as i"
        ),
        "update public.odd set n = 1.5, f = 0, i = '30 days', j = '{\"a\": 1.00}' where id < 5",
    ),
    "keys that are equal and not the same": (
        "create table public.odd (n numeric primary key, v int); insert into public.odd values (1.50, 1), (2.0, 2)",
        "update public.odd set n = n * 1.000, v = 5",
    ),
    "settings of the migration": (
        (
            "create table public.odd (id int primary key, f float8, b bytea, d date[], r tstzrange);"
            "insert into public.odd values (1, 0.1 + 0.2, '\\x00ff', '{2026-02-01}', '[2026-02-01,2026-03-01)')"
        ),
        (
            "set local datestyle = 'German'; set local timezone = 'Asia/Tokyo'; set local extra_float_digits = -5;"
            "set local bytea_output = 'escape'"
        ),
        "update public.odd set f = 0.3, b = '', d = '{}', r = 'empty'",
    ),
    "rows that are alike": (
        "create table public.odd (a int, b text); insert into public.odd select i % 4, null from generate_series(1, 40) i",
        "update public.odd set b = 'x' where a = 1",
        "delete from public.odd where a = 2",
        "insert into public.odd values (1, 'x'), (null, null)",
        "update public.odd set a = null where a = 3",
    ),
}


@pytest.mark.parametrize("statements", CHANGES.values(), ids=CHANGES.keys())
def test_odd_changes_come_back_byte_for_byte(work, deploy, statements) -> None:
    work.execute(statements[0])
    before, deployment = _rows(work, "public.odd"), deploy()
    _through(work, deployment, *statements[1:])
    assert _rows(work, "public.odd") != before
    _back(work, deployment)
    assert _rows(work, "public.odd") == before


def _unnoted(work, deployment, *statements: str) -> net.Unnoted:
    existing = net.tables(work)
    with work.transaction(force_rollback=True):
        note(work, deployment)
        begun = net.look(work, deployment)
        for one in statements:
            work.execute(one)
        return net.unnoted(work, work, deployment, begun, existing, {"update"}, frozenset())


def test_the_net_calls_a_table_what_it_was_called_before(work, deploy) -> None:
    """What is watched is watched after a rollback."""
    work.execute("create table public.odd (id int primary key); insert into public.odd values (1)")
    deployment = deploy()
    found = _unnoted(work, deployment, "alter table public.odd rename to even", "update public.even set id = 2")
    assert found.changed == {"public.odd"}


def test_the_net_sees_triggers_that_an_earlier_file_switched_off(work, deploy) -> None:
    work.execute("create table public.odd (id int primary key); insert into public.odd values (1)")
    deployment = deploy()
    with work.transaction():
        arming.arm(work, deployment, "public.odd")
    work.execute("alter table public.odd disable trigger user")
    found = _unnoted(work, deployment, "update public.odd set id = 2")
    assert list(found.impossible) == ["public.odd"]


def test_the_net_sees_rows_of_a_child_that_its_parent_took_along(work, deploy) -> None:
    """Also where other rows of the child were noted."""
    work.execute(
        "create table public.odd (id int primary key); create table public.child (b int) inherits (public.odd)"
    )
    work.execute("insert into public.child values (1, 1), (2, 2)")
    deployment = deploy()
    with work.transaction():
        arming.arm(work, deployment, "public.odd")
        arming.arm(work, deployment, "public.child")
    found = _unnoted(work, deployment, "update public.child set b = 5 where id = 1", "delete from public.odd")
    assert list(found.impossible) == ["public.child"]


def test_too_many_changes_without_a_key_are_refused(work, deploy) -> None:
    work.execute("create table public.odd (id int); insert into public.odd select generate_series(1, 10001)")
    deployment = deploy()
    with work.transaction():
        arming.arm(work, deployment, "public.odd")
    found = _unnoted(work, deployment, "update public.odd set id = 0")
    assert found.impossible == {"public.odd": "more than 10,000 changed rows of a table without a key"}


@pytest.mark.parametrize("columns", ["id int primary key, haulback_layer int", "wide"])
def test_what_cannot_be_noted_is_refused_with_the_reason(work, deploy, columns) -> None:
    if columns == "wide":
        columns = ", ".join(f"c{number} int" for number in range(1000))
    work.execute(f"create table public.odd ({columns})")
    deployment = deploy()
    with pytest.raises(arming.CannotNote), work.transaction():
        arming.arm(work, deployment, "public.odd")
