"""Rows come back from the attic equal, once, and only those that may."""

from __future__ import annotations

import pytest

from haulback.capture import attic, registry
from haulback.capture.merging import NothingToMergeInto, merge, mergeable
from haulback.capture.moving import move_aside

EVENTS = """
create type public.mood as enum ('happy', 'sad');
create table public.parents (id int primary key);
create table public.events (
  id int generated always as identity primary key,
  number serial,
  parent int references public.parents,
  above int references public.events,
  mood public.mood,
  moods public.mood[],
  "Ünsafe ""name" jsonb,
  twice int generated always as (number * 2) stored,
  user_id uuid references auth.users on delete cascade
);
create function public.touch() returns trigger language plpgsql as
  'begin new.mood := ''sad''; return new; end';
create trigger touch before insert or update on public.events for each row execute function public.touch();
"""
ROWS = """
insert into public.parents select generate_series(1, 9);
alter table public.events disable trigger touch;
insert into public.events (parent, mood, moods, "Ünsafe ""name")
  select 1 + i % 9, 'happy', array['sad', 'happy']::public.mood[], jsonb_build_object('i', i)
    from generate_series(1, 5000) i;
update public.events set above = id + 1 where id < 5000;
alter table public.events enable trigger touch;
"""


class Killed(Exception):
    pass


def aside(work, deploy):
    with work.transaction():
        captures = move_aside(work, deploy(), ["public.events", "public.parents"], types=["public.mood"])
    work.execute("drop function public.touch()")
    return captures


def rows(work, table="public.events"):
    return work.execute(f"select to_jsonb(e) from {table} as e order by id").fetchall()


def merge_all(work, **options):
    return {capture.identity: merge(work, capture, pause=0, **options) for capture in mergeable(work)}


def test_moved_rows_come_back_equal(work, deploy) -> None:
    work.execute(EVENTS)
    work.execute(ROWS)
    before = rows(work)
    aside(work, deploy)
    work.execute(EVENTS)
    merged = merge_all(work)
    assert list(merged) == ["public.parents", "public.events"]
    assert rows(work) == before
    events = merged["public.events"]
    assert (events.merged, events.present, events.left, events.adds_up) == (5000, 0, {}, True)
    assert set(events.sequences) == {"public.events_id_seq", "public.events_number_seq"}
    assert work.execute("insert into public.events default values returning id, number").fetchone() == (5001, 5001)
    again = merge_all(work)["public.events"]
    assert (again.merged, again.adds_up) == (5000, True)
    assert len(rows(work)) == 5001


def test_killed_anywhere_and_run_again(work, deploy, any_database) -> None:
    work.execute(EVENTS)
    work.execute(ROWS)
    before = rows(work)
    aside(work, deploy)
    work.execute(EVENTS)
    seen = []

    def kill(_capture, so_far) -> None:
        seen.append(so_far)
        raise Killed

    for _ in range(40):
        with any_database.connect(autocommit=True) as one:
            try:
                for capture in mergeable(one):
                    merged = merge(one, capture, batch=700, pause=0, progress=kill)
                    seen.append((capture.identity, merged.merged))
                break
            except Killed:
                continue
    assert rows(work) == before
    assert ("public.events", 5000) in seen


def test_rows_without_a_parent_stay_and_come_when_it_returns(work, deploy) -> None:
    work.execute(EVENTS)
    work.execute(ROWS)
    aside(work, deploy)
    work.execute(EVENTS)
    work.execute("insert into public.parents select generate_series(1, 8)")
    events = next(capture for capture in mergeable(work) if capture.identity == "public.events")
    work.execute("update public.events set above = null")
    merged = merge(work, events, pause=0)
    assert merged.left["no row in public.parents"] == 555
    assert merged.adds_up
    (entry,) = [one for one in attic.entries(work) if one.capture.id == events.id]
    assert entry.left == merged.left
    work.execute("insert into public.parents values (9)")
    merged = merge(work, events, pause=0)
    assert (merged.merged, merged.left) == (5000, {})


def test_rows_there_already_are_kept_as_users_have_them(work, deploy) -> None:
    work.execute("create table public.t (id int primary key, v text); insert into public.t values (1, 'old'), (2, 'b')")
    with work.transaction():
        (capture,) = move_aside(work, deploy(), ["public.t"])
    work.execute("create table public.t (id bigint primary key, v text, extra int default 7)")
    work.execute("insert into public.t values (1, 'new')")
    merged = merge(work, capture, pause=0)
    assert (merged.merged, merged.present, merged.only_live) == (1, 1, ("extra",))
    assert work.execute("select * from public.t order by 1").fetchall() == [(1, "new", 7), (2, "b", 7)]


def test_a_row_the_new_table_refuses_stays_behind_alone(work, deploy) -> None:
    work.execute("create table public.t (id int, v text)")
    work.execute("insert into public.t select i, 'v' || i from generate_series(1, 20) i")
    with work.transaction():
        (capture,) = move_aside(work, deploy(), ["public.t"])
    work.execute("create table public.t (id int, v text constraint short check (v <> 'v7'))")
    merged = merge(work, capture, pause=0)
    assert (merged.merged, sum(merged.left.values()), merged.adds_up) == (19, 1, True)
    assert "short" in next(iter(merged.left))


def test_erased_users_stay_out(work, deploy) -> None:
    tombstones = """
        create table public.erased_users (user_hash bytea primary key);
        create function public.is_erased(subject uuid) returns boolean language sql stable as
          $$ select exists (select from public.erased_users where user_hash = sha256(subject::text::bytea)) $$;
    """
    notes = "create table public.a_notes (id serial primary key, owner uuid references auth.users)"
    work.execute(tombstones)
    work.execute(notes)
    work.execute("insert into auth.users (id) values (gen_random_uuid()), (gen_random_uuid())")
    work.execute("insert into public.a_notes (owner) select id from auth.users")
    work.execute("insert into public.erased_users select sha256(id::text::bytea) from auth.users limit 1")
    with work.transaction():
        move_aside(work, deploy(), ["public.a_notes", "public.erased_users"])
    work.execute("drop function public.is_erased(uuid)")
    work.execute(tombstones)
    work.execute(notes)
    merged = merge_all(work)
    assert list(merged) == ["public.erased_users", "public.a_notes"]
    assert merged["public.a_notes"].left == {"erased user": 1}
    assert work.execute("select count(*) from public.a_notes").fetchone() == (1,)


def test_damage_is_found_before_any_row_is_used(work, deploy) -> None:
    work.execute("create table public.t (id int primary key); insert into public.t select generate_series(1, 10)")
    with work.transaction():
        (capture,) = move_aside(work, deploy(), ["public.t"])
    capture = attic.count(work, capture)
    work.execute(f'delete from haulback_attic."{capture.attic_table}" where id = 3')
    work.execute("create table public.t (id int primary key)")
    with pytest.raises(attic.CaptureDamaged):
        merge(work, capture)
    assert work.execute("select count(*) from public.t").fetchone() == (0,)


def test_no_table_to_go_back_to(work, deploy) -> None:
    work.execute("create table public.t (id int primary key)")
    with work.transaction():
        (capture,) = move_aside(work, deploy(), ["public.t"])
    assert mergeable(work) == ()
    with pytest.raises(NothingToMergeInto):
        merge(work, capture)


def test_a_partitioned_table_and_newest_rounds_first(work, deploy) -> None:
    for generation in (1, 2):
        work.execute("""
            create table public.logs (id int primary key, v text) partition by range (id);
            create table public.logs_1 partition of public.logs for values from (0) to (10);
            create table public.logs_2 partition of public.logs default;
        """)
        work.execute(f"insert into public.logs select i, 'g{generation}' from generate_series({generation}, 20) i")
        with work.transaction():
            move_aside(work, deploy(), ["public.logs"])
    work.execute("create table public.logs (id int primary key, v text)")
    found = [merge(work, capture, pause=0) for capture in mergeable(work)]
    assert [(one.merged, one.present) for one in found] == [(19, 0), (1, 19)]
    assert work.execute("select v, count(*) from public.logs group by 1 order by 1").fetchall() == [
        ("g1", 1),
        ("g2", 19),
    ]


def test_triggers_are_as_before_where_they_had_to_be_disabled(work, deploy) -> None:
    work.execute(EVENTS)
    work.execute(ROWS)
    aside(work, deploy)
    work.execute(EVENTS)
    # A trigger that fires for replicas too cannot be silenced by becoming one.
    work.execute("alter table public.events enable always trigger touch")
    merged = merge_all(work)
    assert merged["public.events"].merged == 5000
    assert work.execute("select distinct mood from public.events").fetchall() == [("happy",)]
    state = work.execute("select tgenabled::text from pg_trigger where tgname = 'touch'").fetchone()
    assert state == ("A",)
    assert registry.captures(work)[0].progress["merge"]["over"]
