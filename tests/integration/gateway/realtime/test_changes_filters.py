"""Filters of subscriptions hold for the rows that PostgreSQL says, and what cannot be had is said in Realtime's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from changes_feed import ANN, Listener, binding, followed, identity, played, until
from psycopg import sql

from haulback.gateway.realtime.changes.feed import SUBSCRIBED

if TYPE_CHECKING:
    from conftest import Database

SERVICE = identity("service_role")
SCHEMA = """
CREATE TYPE public.mood AS ENUM ('sad', 'fine');
DO $$ BEGIN
    CREATE COLLATION public.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
EXCEPTION WHEN feature_not_supported THEN  -- a server without ICU
    CREATE COLLATION public.nocase FROM "C";
END $$;
CREATE TABLE public.notes (
    id int PRIMARY KEY, big bigint, name text, short varchar(3), padded char(4), price numeric, ratio float8, done bool,
    owner uuid, day date, at timestamptz, mood public.mood, tags text[], doc jsonb, loose text COLLATE public.nocase
);
ALTER PUBLICATION supabase_realtime ADD TABLE public.notes;
INSERT INTO public.notes (id) VALUES (0);
"""
ROWS = """
INSERT INTO public.notes VALUES
    (1, 10, 'Apple', 'abc', 'ab', 1.50, 0.5, true, '00000000-0000-4000-8000-0000000000a1', '2024-01-01', '2024-01-01 12:00+00', 'sad', '{a,b}', '{"a": 1}', 'Straße'),
    (2, -3, 'a,p(p)"le', 'ABC', 'ab  ', 1.5, 'NaN', false, NULL, '2024-02-01', '2024-01-01 13:00+01', 'fine', '{}', 'null', 'APPLE'),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, 9007199254740993, '100%', '', 'abcd', -1, -0.0, NULL, '00000000-0000-4000-8000-0000000000b2', 'infinity', 'infinity', 'fine', NULL, '"x"', 'apple')
"""
# A filter, and what it says in SQL.
FILTERS = {
    "id=eq.1": "id = 1",
    "id=eq.01": "id = 1",
    "id=neq.1": "id <> 1",
    "id=not.eq.1": "NOT id = 1",
    "big=gt.-3": "big > -3",
    "big=gte.-3": "big >= -3",
    "big=lt.10": "big < 10",
    "big=lte.10": "big <= 10",
    "big=not.lte.10": "NOT big <= 10",
    "big=eq.9007199254740993": "big = 9007199254740993",
    "big=in.(10,-3,7)": "big IN (10, -3, 7)",
    "big=not.in.(10)": "NOT big IN (10)",
    "big=in.(10,NULL)": "big = ANY ('{10,NULL}')",
    "big=not.in.(10,NULL)": "NOT big = ANY ('{10,NULL}')",
    "big=in.()": "false",
    "big=not.in.()": "NOT big = ANY ('{}'::bigint[])",
    "big=isdistinct.10": "big IS DISTINCT FROM 10",
    "big=not.isdistinct.10": "big IS NOT DISTINCT FROM 10",
    "big=is.null": "big IS NULL",
    "big=not.is.null": "big IS NOT NULL",
    "name=eq.Apple": "name = 'Apple'",
    'name=eq."a,p(p)\\"le"': "name = 'a,p(p)\"le'",
    'name=in.(Apple,"a,p(p)\\"le")': "name IN ('Apple', 'a,p(p)\"le')",
    "name=neq.Apple": "name <> 'Apple'",
    "name=gt.B": "name > 'B'",
    "name=like.%p%": "name LIKE '%p%'",
    "name=ilike.a%": "name ILIKE 'a%'",
    "name=not.ilike.a%": "NOT name ILIKE 'a%'",
    "name=like.100\\%": "name LIKE '100\\%'",
    "name=match.^[Aa]": "name ~ '^[Aa]'",
    "name=imatch.^apple$": "name ~* '^apple$'",
    "name=not.match.p": "NOT name ~ 'p'",
    "name=isdistinct.Apple": "name IS DISTINCT FROM 'Apple'",
    "short=eq.abc": "short = 'abc'",
    "short=eq.abcd": "short = 'abcd'",
    "padded=eq.ab": "padded = 'ab'",
    "price=eq.1.5": "price = 1.5",
    "price=gte.-1": "price >= -1",
    "price=in.(1.5000)": "price IN (1.5)",
    "ratio=eq.0": "ratio = 0",
    "ratio=eq.NaN": "ratio = 'NaN'",
    "ratio=lt.0.5": "ratio < 0.5",
    "done=eq.true": "done = true",
    "done=eq.t": "done = true",
    "done=in.(true,no)": "done IN (true, false)",
    "done=is.true": "done IS TRUE",
    "done=is.false": "done IS FALSE",
    "done=is.unknown": "done IS UNKNOWN",
    "done=not.is.true": "done IS NOT TRUE",
    "done=gt.false": "done > false",
    "owner=eq.00000000-0000-4000-8000-0000000000A1": "owner = '00000000-0000-4000-8000-0000000000a1'",
    "owner=in.(00000000-0000-4000-8000-0000000000a1)": "owner = '00000000-0000-4000-8000-0000000000a1'",
    "owner=lt.00000000-0000-4000-8000-0000000000b2": "owner < '00000000-0000-4000-8000-0000000000b2'",
    "day=eq.2024-1-1": "day = '2024-01-01'",
    "day=gt.2024-01-15": "day > '2024-01-15'",
    "at=eq.2024-01-01T14:00:00+02:00": "at = '2024-01-01 12:00+00'",
    "at=lt.2025-01-01": "at < '2025-01-01 00:00+00'",
    "mood=eq.fine": "mood = 'fine'",
    "mood=gt.sad": "mood > 'sad'",
    'tags=eq."{a,b}"': "tags = '{a,b}'",
    "tags=is.null": "tags IS NULL",
    'doc=eq.{"a":1.0}': "doc = '{\"a\": 1.0}'",
    "loose=eq.apple": "loose COLLATE \"C\" = 'apple'",  # as in Realtime, without the collation of the column
    "loose=in.(apple)": "loose COLLATE \"C\" = 'apple'",
    "id=gt.1,name=like.%,done=is.null": "id > 1 AND name LIKE '%' AND done IS NULL",
    "name=like.%p%,id=eq.2": "name LIKE '%p%' AND id = 2",
}


def test_each_filter_holds_for_the_rows_that_postgresql_says(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute("SET timezone = 'UTC'")
            writer.execute(SCHEMA)
            async with followed(any_database) as live:
                everything = await live.joined(SERVICE)
                members = {text: Listener(SERVICE, (binding(filter=text),)) for text in FILTERS}
                for member in members.values():
                    live.feed.join(member)
                await until(lambda: all(member.said for member in members.values()))
                assert {
                    text: member.said for text, member in members.items() if member.said != [("ok", SUBSCRIBED)]
                } == {}
                writer.execute(ROWS)
                writer.execute("UPDATE public.notes SET big = big WHERE id > 0")
                writer.execute("DELETE FROM public.notes WHERE id = 0")
                await until(lambda: len(everything.got) == 9)
                wanted = {}
                for text, said in FILTERS.items():
                    query = sql.SQL("SELECT id FROM public.notes WHERE {} ORDER BY id").format(sql.SQL(said))
                    wanted[text] = [row[0] for row in writer.execute(query)]
                told = {}
                for text, member in members.items():
                    for kind in ("INSERT", "UPDATE"):
                        told[text] = [change["record"]["id"] for change in member.changes if change["type"] == kind]
                        assert (text, told[text]) == (text, wanted[text])
                assert sum(map(len, wanted.values())) > 60
                # Of a deleted row the log has the key alone: a condition on anything else cannot hold.
                gone = {
                    text
                    for text, member in members.items()
                    if member.changes and member.changes[-1]["type"] == "DELETE"
                }
                assert gone == {"id=neq.1", "id=not.eq.1"}
                assert live.log == []

    played(play())


BEGIN = "Unable to subscribe to changes with given parameters. An exception happened so please check your connect parameters: "
REFUSED = {
    "id=eq.x": '[event: *, schema: public, table: notes, filters: [{"id", "eq", "x", false}], select: nil]. Exception: ERROR 22P02 (invalid_text_representation) invalid input syntax for type integer: "x"',
    "nope=eq.1": '[event: *, schema: public, table: notes, filters: [{"nope", "eq", "1", false}], select: nil]. Exception: ERROR P0001 (raise_exception) invalid column for filter nope',
    "id=is.true": '[event: *, schema: public, table: notes, filters: [{"id", "is", "true", false}], select: nil]. Exception: ERROR P0001 (raise_exception) is true filter requires a boolean column, got integer',
    "id=is.x": '[event: *, schema: public, table: notes, filters: [{"id", "is", "x", false}], select: nil]. Exception: ERROR P0001 (raise_exception) invalid value for is filter: must be null, true, false, or unknown',
    "id=like.1": '[event: *, schema: public, table: notes, filters: [{"id", "like", "1", false}], select: nil]. Exception: ERROR P0001 (raise_exception) operator like requires a text-compatible column type, got integer',
    "short=like.a": '[event: *, schema: public, table: notes, filters: [{"short", "like", "a", false}], select: nil]. Exception: ERROR P0001 (raise_exception) operator like requires a text-compatible column type, got character varying',
    "day=imatch.1": '[event: *, schema: public, table: notes, filters: [{"day", "imatch", "1", false}], select: nil]. Exception: ERROR P0001 (raise_exception) operator imatch requires a text-compatible column type, got date',
    "name=not.match.(": '[event: *, schema: public, table: notes, filters: [{"name", "match", "(", true}], select: nil]. Exception: ERROR P0001 (raise_exception) invalid regular expression for match filter: invalid regular expression: parentheses () not balanced',
    f"id=in.({','.join(map(str, range(101)))})": "too many values for `in` filter. Maximum 100",
}


def test_what_cannot_be_had_is_said_in_realtimes_words(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(SCHEMA)
            writer.execute(
                "REVOKE SELECT ON public.notes FROM authenticated; GRANT SELECT (id) ON public.notes TO authenticated"
            )
            async with followed(any_database) as live:
                for text, wanted in REFUSED.items():
                    told = await live.refused(SERVICE, binding(filter=text))
                    assert told.startswith(BEGIN)
                    assert told.endswith(wanted)
                user = identity(user=ANN)
                assert "invalid column for filter name" in await live.refused(user, binding(filter="name=eq.a"))
                assert "invalid column for select name" in await live.refused(user, binding(select=("id", "name")))
                wrong = await live.refused(user, binding(filter="wrong"))
                assert wrong == 'Error parsing `filter` params: ["wrong"]'
                missing = await live.refused(user, binding(event="INSERT", table="none", filter="a=eq.1"))
                assert missing == (
                    "Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect"
                    ' parameters: [event: INSERT, schema: public, table: none, filters: [{"a", "eq", "1", false}], select: nil]'
                )
                wild = await live.refused(user, binding(table=None, select=("id",)))
                assert wild == (
                    "Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name."
                )
                bare = await live.refused(user, binding(table=None, filter="a=eq.1"))
                assert bare.startswith("No subscription params provided. Please provide at least a `schema` or `table`")
                nothing = await live.refused(user, binding(event="INSERT", schema="", table=None))
                assert nothing.endswith('subscribe to: %{"event" => "INSERT"}')
                # One binding that cannot be had takes the others of its member with it, as in Realtime.
                member = Listener(SERVICE, (binding(1), binding(2, table="none")))
                live.feed.join(member)
                witness = await live.joined(SERVICE, binding(filter="id=in.(" + ",".join(map(str, range(100))) + ")"))
                writer.execute("INSERT INTO public.notes (id) VALUES (1)")
                await until(lambda: witness.got)
                assert member.got == []
                assert live.log == []

    played(play())


@pytest.mark.parametrize("login", ["postgres", "supabase_admin"])
def test_a_filter_that_raises_ends_its_own_subscription(any_database: Database, login: str) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(SCHEMA)
            async with followed(any_database, login) as live:
                # A pattern is only found to be none when something is compared with it.
                harmed = await live.joined(SERVICE, binding(1, filter="name=like.a\\"), binding(2, table=None))
                well = await live.joined(SERVICE, binding(filter="name=like.a%"))
                for number in (1, 2):
                    writer.execute("INSERT INTO public.notes (id, name) VALUES (%s, 'abc')", [number])
                await until(lambda: len(well.got) == 2)
                assert [ids for ids, _ in harmed.got] == [[2], [2]]
                assert harmed.said[1:] == [("error", "The filter on name cannot be evaluated (22025)")]

    played(play())


def test_a_filter_that_never_ends_ends_its_own_subscription(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(SCHEMA)
            async with followed(any_database) as live:
                harmed = await live.joined(SERVICE, binding(filter=r"name=match.^(a*)(a*)(a*)(a*)c\1b$"))
                well = await live.joined(SERVICE, binding(filter="name=like.a%"))
                for number in (1, 2):
                    writer.execute(
                        "INSERT INTO public.notes (id, name) VALUES (%s, %s)", [number, f"{'a' * 3000}c{'a' * 3001}b"]
                    )
                await until(lambda: len(well.got) == 2)
                assert harmed.said[1:] == [("error", "The filter on name cannot be evaluated (57014)")]
                assert len(well.said) == 1

    played(play())


def test_who_brings_many_filters_that_never_end_is_waited_for_once(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(SCHEMA)
            async with followed(any_database) as live:
                endless = (binding(n, filter=rf"name=match.^(a*)(a*)(a*)(a*)c\1b$|{n}$") for n in range(1, 251))
                harmed = await live.joined(SERVICE, *endless, binding(251, filter="id=gt.0"))
                well = await live.joined(SERVICE, binding(filter="name=like.a%"))
                for number in (1, 2):
                    writer.execute(
                        "INSERT INTO public.notes (id, name) VALUES (%s, %s)", [number, f"{'a' * 3000}c{'a' * 3001}b"]
                    )
                await until(lambda: len(well.got) == 2)  # half a minute at most, where each would take half a second
                assert [ids for ids, _ in harmed.got] == [[251], [251]]
                assert harmed.said[1:] == [("error", "The filter on name cannot be evaluated (57014)")] * 250

    played(play())


def test_any_number_of_filters_is_asked(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(SCHEMA)
            async with followed(any_database) as live:
                # More than a row of PostgreSQL has columns, one of which raises.
                patterns = [f"name=like.{number}%" for number in range(1_799)] + ["name=like.7\\"]
                many = await live.joined(SERVICE, *(binding(n, filter=one) for n, one in enumerate(patterns)))
                writer.execute("INSERT INTO public.notes (id, name) VALUES (1, '77')")
                await until(lambda: many.got)
                assert [ids for ids, _ in many.got] == [[7, 77]]
                assert many.said[1:] == [("error", "The filter on name cannot be evaluated (22025)")]

    played(play())
