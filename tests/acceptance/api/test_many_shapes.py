"""Tables of every shape: a row can be made up for most, and where none can it is said why."""

from __future__ import annotations

import pytest

SHAPES = {
    "profile": """
        create table public.t (id uuid primary key references auth.users on delete cascade, nick text);
        alter table public.t enable row level security;
        create policy own on public.t to authenticated using ((select auth.uid()) = id);
    """,
    "identity": """
        create table public.t (id bigint generated always as identity primary key, body text not null);
        alter table public.t enable row level security;
    """,
    "odd names": """
        create table public."t ""%,.()&ü" ("the key" uuid primary key, "100%" int not null check ("100%" between 5 and 9));
        alter table public."t ""%,.()&ü" enable row level security;
        create policy own on public."t ""%,.()&ü" using (true) with check (true);
    """,
    "many types": """
        create type public.mood as enum ('calm', 'busy');
        create domain public.short as varchar(40) check (value <> '');
        create table public.t (
          id text primary key, a int[] not null, b jsonb not null, c public.mood not null, d public.short not null,
          e timestamptz not null, f int4range not null, g boolean not null, h bytea not null, i numeric(5, 2) not null,
          j interval not null, k date not null, l inet not null, m public.mood[] not null, n char(3) not null,
          o int generated always as (1) stored
        );
        alter table public.t enable row level security;
        create policy own on public.t using (true) with check (true);
    """,
    "composite key": """
        create table public.parent (id int primary key);
        alter table public.parent enable row level security;
        insert into public.parent values (1);
        create table public.t (parent int references public.parent, name text, primary key (parent, name));
        alter table public.t enable row level security;
        create policy own on public.t using (true) with check (true);
    """,
    "trigger that computes": """
        create table public.t (id uuid primary key, at timestamptz);
        create function public.touch() returns trigger language plpgsql as
          $$ begin if tg_op = 'INSERT' then new.at := now(); end if; return new; end $$;
        create trigger touch before insert or update on public.t for each row execute function public.touch();
        alter table public.t enable row level security;
    """,
}
UNKNOWN = {
    "no row to refer to": (
        """create table public.parent (id int primary key);
        alter table public.parent enable row level security;
        create table public.t (id uuid primary key, parent int not null references public.parent);
        alter table public.t enable row level security;""",
        "refers to public.parent, which has no row",
    ),
    "a check of no use": (
        """create table public.t (id uuid primary key, n text not null check (length(n) = 7 and n like '%xyz'));
        alter table public.t enable row level security;""",
        "no row could be made up",
    ),
    "nothing to tell rows by": (
        "create table public.t (n int); alter table public.t enable row level security;",
        "no column can tell a row of ours",
    ),
}


def _rows(site) -> int:
    names = site.rows(
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'public'"
        " and tablename not in ('parent')"
    )
    return sum(site.value(f"select count(*) from {name}") for (name,) in names)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_a_row_is_made_up_tried_and_gone(served, shape):
    served.site.migration("001_t.sql", SHAPES[shape])
    ended = served.site.deploy("--skip", "hazards")
    assert ended.exit == 0, ended.stdout
    assert ended.step("verify")["unknown"] == [], ended.stdout
    assert _rows(served.site) == 0


@pytest.mark.parametrize("shape", sorted(UNKNOWN))
def test_where_none_can_be_made_up_it_is_said_why(served, shape):
    script, why = UNKNOWN[shape]
    served.site.migration("001_t.sql", script)
    ended = served.site.deploy("--skip", "hazards")
    assert ended.exit == 0, ended.stdout
    assert "api-callers" in ended.step("verify")["unknown"]
    assert why in ended.stdout
    assert _rows(served.site) == 0


def test_a_table_of_users_without_row_security_is_taken_back(served):
    served.site.migration(
        "001_t.sql", "create table public.t (id uuid primary key, owner uuid not null references auth.users)"
    )
    ended = served.site.deploy("--skip", "hazards")
    assert ended.exit == 4, ended.stdout
    assert "a row of user A in public.t" in ended.stderr
    assert served.site.value("select count(*) from auth.users where email like 'haulback-canary%%'") == 0


def test_the_module_is_verified_through_its_api(served):
    site = served.site
    assert site.run("init").exit == 0
    served.configure()
    ended = site.deploy()
    assert ended.exit == 0, ended.stderr
    assert ended.step("verify")["noted"]["api_served_seconds"] > 0
    assert "engagement_events was only read" not in ended.stdout
    assert site.value("select count(*) from auth.users where email like 'haulback-canary%%'") == 0


def test_users_who_get_a_profile_by_themselves_are_made_up_all_the_same(served):
    site = served.site
    site.execute("""
        create table public.profiles (id uuid primary key references auth.users on delete cascade);
        alter table public.profiles enable row level security;
    """)
    with site.operator() as operator:
        operator.execute("""
            create function public.handle_new_user() returns trigger language plpgsql security definer as
              $$ begin insert into public.profiles (id) values (new.id); return new; end $$;
            create trigger on_auth_user_created after insert on auth.users
              for each row execute function public.handle_new_user();
        """)
    site.migration("001_t.sql", SHAPES["many types"].replace("g boolean", "g0 uuid references auth.users, g boolean"))
    ended = site.deploy("--skip", "hazards", "--skip", "rehearsal")
    assert ended.exit == 0, ended.stdout
    assert "no user is made up" not in ended.stdout
    assert site.value("select count(*) from public.profiles") == 0
    assert _rows(site) == 0
