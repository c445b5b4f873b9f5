"""Rows that files write stand in the way neither of going back nor of going forward again."""

from __future__ import annotations

from pathlib import Path

from haulback.app.replaying import Request, replay
from haulback.config.loading import load
from haulback.model.history_replay import HistoryReplay, Reversal

PLAIN = {
    "1_things.sql": """
        create type public.mood as enum ('good', 'bad');
        create table public.things (id serial primary key, code text unique, mood public.mood, n text default '1');
        create table public.parts (thing int references public.things, name text not null);
        insert into public.things (code) values ('a'), ('b');
        insert into public.parts values (1, 'wheel');
    """,
    "2_seeds_and_alters.sql": """
        insert into public.things (code) values ('c');
        update public.things set n = '2' where code = 'a';
        delete from public.things where code = 'b';
        alter table public.things add column extra int;
    """,
    "3_unique_if_each_came_once.sql": """
        insert into public.parts values (3, 'door');
        alter table public.parts add constraint parts_once unique (thing, name);
    """,
    "4_value_in_use.sql": """
        create type public.size as enum ('s');
        alter table public.things add column size public.size default 's';
    """,
    "5_drops_not_null.sql": "alter table public.parts drop column name;",
    "6_no_cast_leads_back.sql": """
        alter table public.things alter column mood type date using null;
        update public.things set mood = '2020-01-01';
        alter table public.things alter column n drop default, alter column n type int using n::int;
    """,
    "7_table_for_a_view.sql": "create view public.seen as select id from public.things;",
    "8_table_for_a_view.sql": "drop view public.seen; create table public.seen as select id from public.things;",
    "9_name_of_not_null.sql": """
        alter table public.seen add column what text not null default '';
    """,
    "10_name_of_not_null.sql": """
        alter table public.seen rename column what to former;
        alter table public.seen add column what text not null default 'x';
    """,
    "11_moment.sql": "create view public.recent as select id from public.things where 'now'::timestamp > '2020-01-01';",
    "12_sees_what_came_once.sql": """
        do $$ begin
            assert (select string_agg(code || n, ',' order by id) from public.things) = 'a2,c1';
            assert (select max(id) from public.things) = 3;
        end $$;
    """,
}

PLATFORM = {
    "1_bucket.sql": """
        insert into storage.buckets (id, name) values ('pictures', 'pictures');
        create policy seen on storage.objects for select using (bucket_id = 'pictures');
    """,
    "2_grants.sql": "grant select on storage.buckets to anon with grant option;",
    "3_drops.sql": "drop extension pg_graphql;",
}


def _replay(tmp_path: Path, files: dict[str, str]) -> HistoryReplay:
    folder = tmp_path / "migrations"
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{int(name.split('_')[0]):02}_{name}").write_text(text)
    settings = load({"HAULBACK_HOME": str(tmp_path / "home")}, tmp_path, None, folder)
    return replay(settings, Request(), lambda *_: None)


def test_rows_are_what_they_were(tmp_path: Path) -> None:
    found = _replay(tmp_path, PLAIN)
    assert not found.of(Reversal.IRREVERSIBLE, Reversal.FAILED), [one.reason for one in found.files]
    assert found.changed == len(PLAIN) - 1


def test_rows_and_grants_of_the_platform_are_what_they_were(tmp_path: Path) -> None:
    found = _replay(tmp_path, PLATFORM)
    assert not found.of(Reversal.IRREVERSIBLE, Reversal.FAILED), [one.reason for one in found.files]
    assert found.changed == len(PLATFORM)
