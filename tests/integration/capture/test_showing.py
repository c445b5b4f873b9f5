"""Looking into a capture: columns, first rows, changes; nothing of an erased user."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from noting_session import note

from haulback.capture import attic, registry, showing
from haulback.capture.changes import arming, settling
from haulback.capture.copying import CopyAhead
from haulback.clock import SystemClock
from haulback.model.attic_view import NotedRow
from haulback.model.capture import CaptureKind, Keeps, PlannedCopy

ANN, BOB = UUID(int=1), UUID(int=2)
BASE = f"""
insert into auth.users (id) values ('{ANN}'), ('{BOB}');
create type public.mood as enum ('happy', 'sad');
create table public.notes (
  id bigint primary key, owner uuid references auth.users, note text, price numeric, mood public.mood, tags text[],
  raw bytea, document jsonb, kept json, done boolean, at timestamptz, "100% x" int
);
insert into public.notes values
  (9007199254740993, '{ANN}', 'first', 0.10, 'happy', '{{a,b}}', '\\x00ff', '{{"a": 1}}', '[1, 2]', true,
   '2026-01-02 03:04:05+00', 7),
  (2, '{BOB}', repeat('x', 5000), 'NaN', null, null, decode(repeat('00', 500), 'hex'),
   jsonb_build_object('long', repeat('y', 500)), null, null, null, null),
  (3, null, null, null, null, null, null, null, null, null, null, null);
"""


def copied(work, deployment, *columns: str):
    ahead = CopyAhead(deployment, PlannedCopy("public.notes", columns), Keeps.BEFORE)
    ahead.arm(work)
    ahead.copy(work)
    with work.transaction():
        capture = ahead.finish(work)
    return attic.count(work, capture)


def test_first_rows_by_key_with_large_values_cut(work, deploy) -> None:
    work.execute(BASE)
    capture = copied(work, deploy())

    there = {one.name: one.type for one in showing.columns(work, capture)}
    assert list(there)[:5] == ["id", "owner", "note", "price", "mood"]
    assert there["price"] == "numeric"
    second, third, first = showing.rows(work, capture, 20)
    assert first == {
        "id": 9007199254740993, "owner": str(ANN), "note": "first", "price": "0.10", "mood": "happy", "tags": "{a,b}",
        "raw": "\\x00ff", "document": {"a": 1}, "kept": [1, 2], "done": True, "at": "2026-01-02 03:04:05+00",
        "100% x": 7,
    }  # fmt: skip
    assert second["note"] == "x" * showing.CUT + "…"
    assert second["raw"] == "\\x" + "00" * showing.CUT + "…"
    assert second["document"] == ('{"long": "' + "y" * 500)[: showing.CUT] + "…"
    assert second["price"] == "NaN"
    assert set(third.values()) == {3, None}
    assert showing.rows(work, capture, 1) == (second,)
    assert showing.rows(work, capture, 0) == ()
    assert showing.noted(work, capture, 20) == ()


def test_columns_come_with_the_key(work, deploy) -> None:
    work.execute(BASE)
    capture = copied(work, deploy(), "note")
    assert [one.name for one in showing.columns(work, capture)] == ["id", "owner", "note"]
    assert [row["id"] for row in showing.rows(work, capture, 2)] == [2, 3]


def test_what_is_gone_has_no_rows(work, deploy) -> None:
    work.execute(BASE)
    capture = copied(work, deploy())
    work.execute(f'drop table haulback_attic."{capture.attic_table}"')
    assert (showing.columns(work, capture), showing.rows(work, capture, 5)) == ((), ())
    entry = attic.entry(work, capture)
    assert (entry.state, entry.checksum, entry.size) == ("damaged", "wrong", 0)


def noted(work, deployment, *statements: str):
    capture = arming.arm(work, deployment, "public.notes")
    for one in statements:
        with work.transaction():
            note(work, deployment)
            work.execute(one)
    arming.disarm(work, deployment)
    settling.settle(work, capture)
    return attic.count(work, registry.load(work, capture.id))


def test_changes_are_told_with_what_they_changed(work, deploy) -> None:
    work.execute(BASE)
    capture = noted(
        work,
        deploy(),
        "update public.notes set note = 'second', price = 2, done = null where id = 2",
        "delete from public.notes where id = 3",
        "insert into public.notes (id, note) values (4, 'new')",
    )
    assert capture.kind is CaptureKind.CHANGED_ROWS
    assert [one.name for one in showing.columns(work, capture)][:3] == ["id", "owner", "note"]
    updated, deleted, inserted = showing.noted(work, capture, 20)
    assert updated == NotedRow(
        "update", {"id": 2}, {"note": "x" * showing.CUT + "…", "price": "NaN"}, {"note": "second", "price": "2"}
    )
    assert (deleted.event, deleted.key, set(deleted.old.values()), deleted.new) == ("delete", {"id": 3}, {None}, {})
    assert (inserted.event, inserted.key, inserted.new["note"], inserted.old) == ("insert", {"id": 4}, "new", {})
    assert showing.noted(work, capture, 1) == (updated,)
    assert showing.rows(work, capture, 20) == ()


@pytest.mark.parametrize("how", ["copy", "notes"])
def test_what_an_erasure_removed_is_never_shown(work, deploy, how: str) -> None:
    work.execute(BASE)
    deployment = deploy()
    if how == "copy":
        capture = copied(work, deployment)
    else:
        # The owner did not change: the erasure finds the row all the same.
        capture = noted(work, deployment, "update public.notes set note = 'changed'", "delete from public.notes")
    assert str(ANN) in str((showing.rows(work, capture, 20), showing.noted(work, capture, 20)))

    work.execute("select haulback.erase_user(%s)", [ANN])

    left = registry.load(work, capture.id)
    told = str((showing.rows(work, left, 20), showing.noted(work, left, 20)))
    assert str(ANN) not in told
    assert "first" not in told
    assert left.rows == capture.rows - (1 if how == "copy" else capture.rows // 3)
    attic.check(work, left)
    assert replace(attic.entry(work, left, verify=True), seconds=0).checksum == "right"


def test_an_erased_user_is_not_shown_while_his_rows_still_lie_there(work, deploy) -> None:
    work.execute(BASE)
    work.execute("create table public.erased_users (id uuid primary key)")
    work.execute(
        "create function public.is_erased(subject uuid) returns boolean language sql stable as"
        " 'select exists (select from public.erased_users where id = subject)'"
    )
    capture = copied(work, deploy())
    work.execute("insert into public.erased_users values (%s)", [BOB])
    assert [row["id"] for row in showing.rows(work, capture, 20)] == [3, 9007199254740993]


def test_an_erasure_of_an_older_haulback_is_made_anew(work, deploy) -> None:
    work.execute(BASE)
    attic.install(work)
    signature = "haulback.erase_user(subject uuid) returns jsonb"
    work.execute(f"create or replace function {signature} language sql as 'select ''{{}}''::jsonb'")
    copied(work, deploy())
    row = work.execute("select haulback.erase_user(%s)", [ANN]).fetchone()
    assert row == ({"public.notes": 1},)


class Ending(SystemClock):
    """A clock whose pauses are noted, and let another session end."""

    def __init__(self, other=None) -> None:
        self.other, self.waits = other, 0

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.waits += 1
        if self.other:
            self.other.rollback()


def test_purging_waits_for_an_erasure_and_gives_way(work, deploy, any_database, monkeypatch) -> None:
    work.execute(BASE)
    capture = copied(work, deploy())
    monkeypatch.setattr(attic, "_TRIES", 2)
    with any_database.connect() as erasing:
        erasing.execute("select haulback.erase_user(%s)", [ANN])
        with pytest.raises(attic.CaptureBusy):
            attic.purge(work, capture, Ending())
        assert registry.load(work, capture.id)
        clock = Ending(erasing)
        attic.purge(work, capture, clock)
    assert clock.waits == 1
    assert registry.captures(work) == ()


def test_what_the_whole_attic_lost_can_be_purged(work, deploy) -> None:
    work.execute(BASE)
    capture = copied(work, deploy())
    work.execute("drop schema haulback_attic cascade")
    attic.purge(work, capture)
    assert registry.captures(work) == ()
