"""Files that rename are reversed exactly, pg_dump being the judge: nothing is made anew at another place."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.app.replaying import Request, replay
from haulback.config.loading import load
from haulback.model.history_replay import Reversal

FILES = {
    "01_base.sql": """
        create schema shop;
        create type public.mood as enum ('good', 'bad');
        create table public.people (
          id bigint generated always as identity primary key, first text not null, last text not null,
          mood public.mood default 'good', check (first <> last)
        );
        create index people_last on public.people (last);
        create table public.orders (id serial primary key, person bigint references public.people, what text);
        create function public.touch() returns trigger language plpgsql as 'begin return new; end';
        create trigger touch before update on public.people for each row execute function public.touch();
        alter table public.people enable row level security;
        create policy own on public.people using (first = 'a');
        create view public.named as select id, first || last as name from public.people;
        insert into public.people (first, last) values ('a', 'b'), ('c', 'd');
    """,
    "02_columns.sql": """
        alter table public.people rename column last to x;
        alter table public.people rename column first to last;
        alter table public.people rename x to first;
        alter table public.orders rename what to which;
        alter table public.orders alter column which type varchar(20);
    """,
    "03_with_script.sql": "alter table public.orders rename column which to what;",
    "03_with_script.down.sql": "alter table public.orders rename column what to which;",
    "04_table.sql": """
        alter table public.people rename to persons;
        alter index public.people_last rename to persons_last;
        alter table public.persons rename constraint people_pkey to persons_pkey;
        alter sequence public.people_id_seq rename to persons_id_seq;
        alter policy own on public.persons rename to mine;
        alter trigger touch on public.persons rename to touched;
        alter function public.touch() rename to touch_it;
    """,
    "05_schema.sql": """
        alter table public.orders set schema shop;
        alter type public.mood set schema shop;
        alter type shop.mood rename to temper;
        alter type shop.temper rename value 'bad' to 'awful';
        alter schema shop rename to store;
    """,
    "06_swap.sql": """
        create table public.persons_new (like public.persons including all);
        insert into public.persons_new (last, first) select last, first from public.persons;
        alter table store.orders drop constraint orders_person_fkey;
        drop view public.named;
        alter table public.persons rename to persons_old;
        alter index public.persons_last rename to persons_old_last;
        alter table public.persons_old rename constraint persons_pkey to persons_old_pkey;
        alter table public.persons_new rename to persons;
        alter index public.persons_new_pkey rename to persons_pkey;
        drop index if exists public.persons_new_last_idx, public.persons_new_first_idx;
        create index persons_last on public.persons (first);
        create view public.named as select id, first from public.persons;
    """,
    "07_old_beside_new.sql": """
        alter table public.persons rename column first to first_old;
        alter table public.persons add column first text;
        update public.persons set first = upper(first_old);
    """,
    "08_emptied_schema.sql": """
        alter table store.orders set schema public;
        alter type store.temper set schema public;
        drop schema store;
    """,
}


@pytest.mark.parametrize("dump", [True, False], ids=["pg_dump", "fingerprint"])
def test_each_is_reversed_exactly(tmp_path: Path, dump: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    folder = tmp_path / "migrations"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    settings = load({"HAULBACK_HOME": str(tmp_path / "home")}, tmp_path, None, folder)
    found = replay(settings, Request(dump=dump), lambda *_: None)
    assert {one.label: (one.reversal, one.reason) for one in found.files} == {
        name.removesuffix(".sql"): (Reversal.EXACT, "") for name in FILES if ".down." not in name
    }
