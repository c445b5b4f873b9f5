"""A dropped table moves to the attic in its migration, and back with its rows when that is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from acceptance_servers import fifteen, open_site, serve
from acceptance_site import Ended, Site, dump

from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Running

STRICT = "[targets.local.policy]\nloss_blocks = true"
NAME = "20260101000000_drop.sql"
BASE = """
create table public.people (id int primary key, name text);
alter table public.people enable row level security;
create type public.mood as enum ('happy', 'sad');
create function public.shout(text) returns text language sql immutable as 'select upper($1)';
create function public.touch() returns trigger language plpgsql as 'begin return new; end';
create table public."Old one" (
  id serial primary key,
  number bigint generated always as identity unique,
  person int references public.people on delete cascade,
  body text not null default public.shout('none'),
  mood public.mood not null default 'sad',
  amount numeric(10, 2) check (amount >= 0),
  twice numeric generated always as (amount * 2) stored,
  constraint loud check (public.shout(body) <> '')
);
create index old_body on public."Old one" (body) where body <> '';
create index old_shout on public."Old one" (public.shout(body));
create statistics public.old_together on person, body from public."Old one";
comment on table public."Old one" is 'old';
comment on column public."Old one".body is 'what it says';
alter table public."Old one" enable row level security;
create policy own on public."Old one" for select to authenticated using (person = 1);
create trigger touch before update on public."Old one" for each row execute function public.touch();
create rule quiet as on delete to public."Old one" where old.id < 0 do instead nothing;
grant select on public."Old one" to anon;
grant insert (body), update (body) on public."Old one" to authenticated;
create table public.child (id int primary key, old int references public."Old one", note text);
create view public.seen as select id, body from public."Old one";
create view public.seen_again as select count(*) from public.seen;
create materialized view public.summed as select person, sum(amount) as total from public."Old one" group by person;
create index summed_person on public.summed (person);
create function public.label(public."Old one") returns text language sql as 'select $1.body';
create policy by_old on public.people using (exists (select from public."Old one" as o where o.person = people.id));
create table public.counted (id int primary key default nextval('public."Old one_id_seq"'), note text);
create publication news for table public."Old one" (id, body), public.people;
insert into public.people select i, 'name ' || i from generate_series(1, 50) as i;
insert into public."Old one" (person, body, amount) select i % 50 + 1, 'body ' || i, i from generate_series(1, 400) as i;
insert into public.child select i, i, 'note' from generate_series(1, 100) as i;
refresh materialized view public.summed;
"""
CASCADE = """
create table public.kept as select id, body from public."Old one" where id <= 10;
drop table public."Old one" cascade;
create view public.seen as select id from public.kept;
"""


@pytest.fixture(scope="module", params=[18, 15])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    found = binaries.embedded() if request.param == 18 else fifteen()
    yield from serve(tmp_path_factory.mktemp(f"server{request.param}"), found)


@pytest.fixture
def project(server: Running, tmp_path: Path, shared_home: Path) -> Iterator[Site]:
    for site in open_site(server, tmp_path, shared_home):
        site.configure(local=STRICT)
        yield site


def _deploy(site: Site, text: str, *more: str) -> Ended:
    site.migration(NAME, text)
    ended = site.deploy("--skip", "preflight", "--skip", "hazards", *more)
    assert ended.exit == 0, ended.stderr
    return ended


def _back(site: Site) -> Ended:
    ended = site.rollback()
    assert ended.exit == 0, ended.stderr
    assert site.rows("select tgname from pg_trigger where tgname like 'haulback%'") == []
    return ended


def _kinds(site: Site) -> dict[str, str]:
    captures = site.run("attic", "list", "--json").document["captures"]
    return {one["identity"]: one["kind"] for one in captures if one["keeps"] == "before"}


def _rows(site: Site, table: str) -> list[tuple[str]]:
    return site.rows(f"select t::text from {table} as t order by 1")


def _by_hand(site: Site, text: str) -> str:
    """The schema that the migration leaves where nothing of ours is in its way."""
    name = f"{site.database}_by_hand"
    with psycopg.connect(site.server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
        connection.execute(f"create database {name} template {site.database} owner postgres strategy file_copy")
        with psycopg.connect(site.server.conninfo("postgres", name)) as other:
            other.execute(text)
        found = dump(site.server, name)
        connection.execute(f"drop database {name} with (force)")
    return found


def test_it_goes_with_all_that_hangs_on_it_and_comes_back_the_same(project: Site) -> None:
    project.execute(BASE)
    before, rows, kept = project.dump(), _rows(project, 'public."Old one"'), _rows(project, "public.summed")
    dropped = _by_hand(project, CASCADE)
    file = project.value("""select pg_relation_filenode('public."Old one"')""")
    _deploy(project, CASCADE)
    assert _kinds(project) == {'public."Old one"': "moved table"}
    assert project.value("select count(*) from public.kept") == 10
    assert [line for line in project.dump().splitlines() if "schema_migrations" not in line] == [
        line for line in dropped.splitlines() if "schema_migrations" not in line
    ]
    _back(project)
    assert project.dump() == before
    assert _rows(project, 'public."Old one"') == rows
    assert project.value("""select pg_relation_filenode('public."Old one"')""") == file
    assert _rows(project, "public.summed") == kept
    assert project.rows("""insert into public."Old one" (amount) values (1) returning id, number""") == [(401, 401)]


def test_a_table_of_its_name_goes_to_the_attic_when_it_comes_back_again_and_again(project: Site) -> None:
    project.execute(
        "create table public.notes (id serial primary key, body text); create index notes_body on public.notes (body);"
        "insert into public.notes (body) select 'body ' || i from generate_series(1, 200) as i"
    )
    before, rows = project.dump(), _rows(project, "public.notes")
    _deploy(
        project,
        "create table public.other as select body as title from public.notes;\n"
        "drop table public.notes;\n"
        "create table public.notes (id serial primary key, title text);\n"
        "create index notes_body on public.other (title);\n"
        "insert into public.notes (title) select title from public.other;",
    )
    assert project.value("select count(*) from public.notes") == 200
    project.execute("insert into public.notes (title) values ('since')")
    _back(project)
    assert project.dump() == before
    assert _rows(project, "public.notes") == rows
    assert project.value("insert into public.notes (body) values ('next') returning id") == 201
    again = project.deploy("--skip", "preflight", "--skip", "hazards", "--with-attic")
    assert again.exit == 0, again.stderr
    assert project.value("select count(*) from public.notes where title = 'since'") == 1
    _back(project)
    assert _rows(project, "public.notes") == sorted([*rows, ("(201,next)",)])


def test_rows_that_lost_their_parent_or_their_user_stay_behind(project: Site) -> None:
    one, other, marked = ("11111111-1111-4111-8111-11111111111" + digit for digit in "123")
    project.execute(f"""
        create table public.erased_users (id uuid primary key);
        create function public.is_erased(subject uuid) returns boolean language sql stable as
          'select exists (select from public.erased_users where id = subject)';
        insert into auth.users (id) values ('{one}'), ('{other}'), ('{marked}');
        create table public.shelves (id int primary key);
        create table public.boxes (
          id int primary key, shelf int references public.shelves, inside int references public.boxes,
          owner uuid references auth.users on delete cascade
        );
        create table public.letters (id int primary key, box int not null references public.boxes, text text);
        insert into public.shelves values (1), (2);
        insert into public.boxes values
          (1, 1, null, '{one}'), (2, 2, null, '{one}'), (3, 1, 2, '{one}'), (4, 1, 1, '{other}'), (5, 1, 1, '{marked}');
        insert into public.letters select i, i % 3 + 1, 'dear ' || i from generate_series(1, 30) as i;
    """)
    before = project.dump()
    _deploy(project, "drop table public.letters; drop table public.boxes;")
    project.execute(
        f"delete from public.shelves where id = 2; insert into public.erased_users values ('{marked}');"
        f"select haulback.erase_user('{other}')"
    )
    ended = _back(project)
    assert project.dump() == before
    assert project.rows("select id from public.boxes order by 1") == [(1,)]
    assert project.value("select count(*) from public.letters where box = 1") == 10
    assert project.value("select count(*) from public.letters") == 10
    assert "did not go back and stay" in ended.stdout + ended.stderr
    captures = project.run("attic", "list", "--verify", "--json").document["captures"]
    left = {one["identity"]: (one["rows"], one["state"], one["left"]) for one in captures}
    assert left == {
        "public.boxes": (2, "given back", {"no row in public.shelves": 1, "no row in public.boxes": 1}),
        "public.letters": (20, "given back", {"no row in public.boxes": 20}),
    }
    # Once their parents are there again they can be brought back by hand, parents first.
    project.execute("insert into public.shelves values (2)")
    for table, merged in (("public.boxes", 2), ("public.letters", 20)):
        id_ = next(one["id"] for one in captures if one["identity"] == table)
        restored = project.run("attic", "restore", str(id_), "--yes", "--json")
        assert restored.exit == 0, restored.stderr
        assert restored.document["merged"] == merged


@pytest.mark.parametrize("damage", ["delete from {} where id = 7", "update {} set body = 'forged'", "drop table {}"])
def test_a_damaged_one_is_refused_whole(site: Site, damage: str) -> None:
    site.execute(
        "create table public.notes (id int primary key, body text);"
        "insert into public.notes select i, 'body ' || i from generate_series(1, 20) as i;"
        "create table public.things (id int primary key, note text); insert into public.things values (1, 'one')"
    )
    _deploy(site, "alter table public.things drop column note; drop table public.notes;")
    site.execute(
        damage.format(
            site.value(
                "select format('haulback_attic.%I', attic_table) from haulback.capture where kind = 'moved table'"
            )
        )
    )
    schema = site.dump()
    assert site.rollback().exit == 5
    assert site.dump() == schema


def test_a_table_without_a_key_moves_and_the_plan_says_so(site: Site) -> None:
    site.configure(local=STRICT)
    site.execute("create table public.loose (a int, b text); insert into public.loose values (1, 'x'), (1, 'x')")
    before = site.dump()
    site.migration(NAME, "drop table public.loose;")
    planned = site.run("plan", "--json")
    assert planned.exit == 0, planned.stderr
    (kept,) = planned.document["capture"]["kept"]
    assert (kept["kind"], kept["table"], kept["rows"], kept["disk"]) == ("moved table", "public.loose", 2, 0)
    _deploy(site, "drop table public.loose;")
    _back(site)
    assert site.dump() == before
    assert _rows(site, "public.loose") == [("(1,x)",), ("(1,x)",)]


OBSTACLES = """
create type public.mood as enum ('happy', 'sad');
create table public.in_block (id int primary key, body text);
create table public.of_type (id int primary key, mood public.mood);
create table public.row_typed (id int primary key, body text);
create table public.holder (id int primary key, held public.row_typed);
create table public.fit (id int primary key, body text);
create table public.updated (id int primary key, body text);
create unlogged table public.unlogged (id int primary key, body text);
create table public.renamed (id int primary key, body text);
create table public.computing (id int primary key, body text, again text generated always as (upper(body)) stored);
create function public.loud(text) returns text language sql immutable as 'select upper($1)';
create table public.called (id int primary key, body text, loud text generated always as (public.loud(body)) stored);
create table public.moving (id int primary key, body text);
"""
FILLED = ("in_block", "fit", "updated", "unlogged", "renamed", "computing", "called", "moving")
DROPS = """
do $$ begin execute 'drop table public.' || 'in_block'; end $$;
drop table public.of_type;
drop type public.mood;
drop table public.row_typed cascade;
update public.updated set body = 'changed';
drop table public.fit, public.updated;
drop table public.unlogged;
alter table public.renamed rename to named;
drop table public.named;
drop table public.computing;
drop table public.called;
set local search_path = pg_catalog, public;
drop table if exists moving, nowhere;
"""


def test_what_cannot_move_is_copied(site: Site) -> None:
    site.execute(OBSTACLES)
    for table in FILLED:
        site.execute(f"insert into public.{table} (id, body) select i, 'body ' || i from generate_series(1, 20) as i")
    site.execute(
        "insert into public.of_type values (1, 'sad'); insert into public.row_typed values (1, 'one');"
        "insert into public.holder values (1, row(1, 'held')::public.row_typed);"
    )
    tables = [*FILLED, "of_type", "row_typed"]
    before, rows = site.dump(), {one: _rows(site, f"public.{one}") for one in tables}
    _deploy(site, DROPS)
    kinds = _kinds(site)
    assert {one.removeprefix("public.") for one, kind in kinds.items() if kind == "moved table"} == {
        "computing",
        "moving",
    }
    _back(site)
    assert {one: _rows(site, f"public.{one}") for one in tables} == rows
    assert site.dump() == before


def test_a_migration_with_a_rollback_script_copies(site: Site) -> None:
    base = "create table public.notes (id int primary key, body text)"
    site.execute(f"{base}; insert into public.notes values (1, 'one'), (2, 'two')")
    before = site.dump()
    site.rollback_script(NAME, f"{base};")
    _deploy(site, "drop table public.notes;")
    assert _kinds(site) == {"public.notes": "copied table"}
    _back(site)
    assert site.dump() == before
    assert site.value("select count(*) from public.notes") == 2


def test_what_only_the_target_shows_is_copied(site: Site) -> None:
    """The sample on the shadow is small: there the block changes nothing."""
    site.execute(
        "create table public.notes (id int primary key, body text);"
        "insert into public.notes select i, 'body ' || i from generate_series(1, 300) as i;"
    )
    before, rows = site.dump(), _rows(site, "public.notes")
    # The shadow has 100 of these rows and never comes here.
    _deploy(
        site,
        "do $$ begin if (select count(*) from public.notes) > 200 then"
        " execute 'update public.notes set body = upper(body)'; end if; end $$;\ndrop table public.notes;",
    )
    assert _kinds(site)["public.notes"] == "copied table"
    _back(site)
    assert (site.dump(), _rows(site, "public.notes")) == (before, rows)
