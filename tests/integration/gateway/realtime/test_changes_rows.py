"""What a change says of its row: values by type, the row before, columns that may be read, and what is too large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from changes_feed import ANN, binding, followed, identity, played, until

if TYPE_CHECKING:
    from conftest import Database

SERVICE = identity("service_role")

TYPES = """
CREATE TYPE public.mood AS ENUM ('fine', 'so "so"');
CREATE TYPE public.pair AS (a int, b text, at timestamptz);
CREATE DOMAIN public.positive AS int CHECK (value > 0);
CREATE DOMAIN public.tags AS text[];
CREATE TABLE public.every (
    id int PRIMARY KEY,
    truth bool, small int2, large int8, single real, double float8, exact numeric, words text, short varchar(9),
    padded char(5), named name, one "char", unique_ uuid, plain json, binary_json jsonb, raw bytea, day date, clock time,
    clock_zone timetz, moment timestamp, moment_zone timestamptz, span interval, host inet, net cidr, mac macaddr,
    bits bit(3), more_bits varbit, cash money, place point, area box, numbers int4range, times tstzmultirange,
    feeling public.mood, above public.positive, labels public.tags, couple public.pair, object oid, lexemes tsvector,
    ints int[], texts text[], jsons jsonb[], moments timestamptz[], pairs public.pair[], areas box[], matrix numeric[],
    feelings public.mood[], truths bool[], raws bytea[], aboves public.positive[], vector_ int2vector
);
ALTER PUBLICATION supabase_realtime ADD TABLE public.every;
"""
ROWS: dict[str, list[str]] = {
    "truth": ["true", "false"],
    "small": ["-32768"],
    "large": ["9223372036854775807"],
    "single": ["1.5", "1e20", "0.1", "-0"],
    "double": ["1e22", "0.1", "123456789.125"],
    "exact": ["1.50", "0", "123456789012345678901234567890.123456789", "-0.000001"],
    "words": ["'q\"uo\\te'", "E'tab\\tline\\nend'", "'žluťoučký 🐎'", "''", "'{}'"],
    "short": ["'abc'"],
    "padded": ["'ab'"],
    "named": ["'some name'"],
    "one": ["'x'"],
    "unique_": ["'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'"],
    "plain": ["""'{"b": 1, "a": [1, null, "x"]}'""", "'3'", "'\"s\"'"],
    "binary_json": ["""'{"b": 1.0, "a": {"c": "ž"}}'""", "'null'"],
    "day": ["'2024-02-29'", "'infinity'", "'0044-03-15 BC'", "'12024-01-01'"],
    "clock": ["'23:59:59.999999'"],
    "clock_zone": ["'12:00:00+05:30'"],
    "moment": ["'2024-02-29 12:34:56.789'", "'-infinity'", "'0044-03-15 12:00 BC'", "'12024-01-01 00:00'"],
    "moment_zone": ["'2024-02-29 12:34:56+02'", "'infinity'", "'0044-03-15 12:00+00 BC'"],
    "span": ["'1 year 2 days 03:04:05.6'"],
    "host": ["'::1'", "'10.0.0.1/8'"],
    "net": ["'10.0.0.0/8'"],
    "mac": ["'08:00:2b:01:02:03'"],
    "bits": ["'101'"],
    "more_bits": ["'10101'"],
    "cash": ["12.34"],
    "place": ["'(1.5,2)'"],
    "area": ["'(1,1),(0,0)'"],
    "numbers": ["'[1,5)'", "'empty'"],
    "times": ["'{[2024-01-01,2024-02-01)}'"],
    "feeling": ["'so \"so\"'"],
    "above": ["3"],
    "labels": ["'{a,b}'"],
    "couple": ["""'(1,"x ""y"", z",2024-01-01)'"""],
    "object": ["26"],
    "lexemes": ["'a fat cat'"],
    "ints": ["'{1,NULL,3}'", "'{}'", "'[0:1]={5,6}'", "'{{1,2},{3,4}}'"],
    "texts": ["""ARRAY['a,b', 'c"d', 'e\\f', '', 'NULL', NULL, ' g ', '{h}', E'i\\nj']"""],
    "jsons": ["""ARRAY['{"a": [1, "x,y"]}', '"s"', 'null']::jsonb[]"""],
    "moments": ["ARRAY['2024-01-01 12:00+00'::timestamptz, 'infinity', NULL]"],
    "pairs": ["ARRAY['(1,a,)'::public.pair, NULL]"],
    "areas": ["'{(1,1),(0,0);(2,2),(1,1)}'"],
    "matrix": ["'{{1.5,2},{NULL,1e10}}'"],
    "feelings": ["""'{fine,"so \\"so\\""}'"""],
    "truths": ["'{t,f,NULL}'"],
    "aboves": ["'{1,2}'"],
    "vector_": ["'1 2 3'"],
}
# As in Realtime: not what to_jsonb makes of them.
OWN: list[tuple[str, str, Any]] = [
    ("raw", r"'\x00ff10'", "00ff10"),
    ("double", "'NaN'", None),
    ("exact", "'NaN'", None),
    ("double", "'-Infinity'", None),
    ("raws", r"ARRAY['\x01'::bytea, NULL]", ["01", None]),
]


def test_values_of_every_type_are_what_postgresql_makes_of_them(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute("SET timezone = 'UTC'")
            writer.execute(TYPES)
            async with followed(any_database) as live:
                member = await live.joined(SERVICE, binding(table="every"))
                written = [(column, value) for column, values in ROWS.items() for value in values]
                written += [(column, value) for column, value, _ in OWN]
                for number, (column, value) in enumerate(written):
                    writer.execute(f"INSERT INTO public.every (id, {column}) VALUES ({number}, {value})")  # type: ignore[arg-type]
                await until(lambda: len(member.got) == len(written) or live.log)
                assert live.log == []
                wanted = [row for (row,) in writer.execute("SELECT to_jsonb(e) FROM public.every e ORDER BY id")]
                for (column, _), one in zip(written[-len(OWN) :], wanted[-len(OWN) :], strict=True):
                    one[column] = next(value for name, _, value in OWN if name == column)
                for one, told in zip(wanted, member.records, strict=True):
                    assert told == one

    played(play())


def test_the_row_before_is_what_the_replica_identity_says(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(
                "CREATE TABLE public.notes (id int PRIMARY KEY, body text, code text NOT NULL UNIQUE);"
                "ALTER PUBLICATION supabase_realtime ADD TABLE public.notes"
            )
            async with followed(any_database) as live:
                member = await live.joined(SERVICE)

                async def told(statement: str) -> Any:
                    count = len(member.got)
                    writer.execute(statement)  # type: ignore[arg-type]
                    await until(lambda: len(member.got) > count)
                    return member.changes[-1]

                await told("INSERT INTO public.notes VALUES (1, 'a', 'x')")
                change = await told("UPDATE public.notes SET body = 'b'")
                assert (change["record"], change["old_record"]) == ({"id": 1, "body": "b", "code": "x"}, {"id": 1})
                change = await told("UPDATE public.notes SET id = 2")
                assert (change["record"]["id"], change["old_record"]) == (2, {"id": 1})
                writer.execute("ALTER TABLE public.notes REPLICA IDENTITY FULL")
                change = await told("UPDATE public.notes SET body = NULL")
                assert change["old_record"] == {"id": 2, "body": "b", "code": "x"}
                writer.execute("ALTER TABLE public.notes REPLICA IDENTITY USING INDEX notes_code_key")
                change = await told("UPDATE public.notes SET body = 'c'")
                assert change["old_record"] == {"code": "x"}
                writer.execute("ALTER TABLE public.notes REPLICA IDENTITY FULL")
                await told("INSERT INTO public.notes VALUES (3, 'd', 'y')")
                assert (await told("DELETE FROM public.notes WHERE id = 2"))["old_record"] == {
                    "id": 2,
                    "body": "c",
                    "code": "x",
                }
                writer.execute("ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY")
                assert (await told("DELETE FROM public.notes WHERE id = 3"))["old_record"] == {"id": 3}
                assert "record" not in member.changes[-1]

    played(play())


def test_large_values_that_an_update_left_alone(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(
                "CREATE TABLE public.notes (id int PRIMARY KEY, body text, large text);"
                "ALTER TABLE public.notes ALTER large SET STORAGE EXTERNAL;"
                "ALTER PUBLICATION supabase_realtime ADD TABLE public.notes;"
                "INSERT INTO public.notes VALUES (1, 'a', repeat('x', 10000))"
            )
            async with followed(any_database) as live:
                member = await live.joined(SERVICE)
                filtered = await live.joined(SERVICE, binding(filter="large=neq.y"))
                writer.execute("UPDATE public.notes SET body = 'b'")
                await until(lambda: member.got)
                assert member.records[0] == {"id": 1, "body": "b"}  # the log has not the rest
                writer.execute("ALTER TABLE public.notes REPLICA IDENTITY FULL")
                writer.execute("UPDATE public.notes SET body = 'c'")
                await until(lambda: len(member.got) == 2)
                assert member.records[1] == {"id": 1, "body": "c", "large": "x" * 10000}
                writer.execute("UPDATE public.notes SET large = 'z'")
                await until(lambda: filtered.got)
                assert [record["large"] for record in filtered.records] == ["z"]

    played(play())


def test_a_change_that_is_too_large_keeps_its_small_values(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(
                "CREATE TABLE public.notes (id int PRIMARY KEY, small text, middle text, large text);"
                "ALTER PUBLICATION supabase_realtime ADD TABLE public.notes"
            )
            async with followed(any_database) as live:
                member = await live.joined(SERVICE)
                writer.execute(
                    "INSERT INTO public.notes VALUES (1, repeat('s', 62), repeat('m', 63), repeat('x', 1100000))"
                )
                writer.execute("INSERT INTO public.notes VALUES (2, '', '', repeat('x', 1000000))")
                await until(lambda: len(member.got) == 2)
                first, second = member.changes
                assert first["errors"] == ["Error 413: Payload Too Large"]
                assert first["record"] == {"id": 1, "small": "s" * 62}
                assert (second["errors"], len(second["record"]["large"])) == (None, 1_000_000)

    played(play())


def test_what_cannot_be_told_is_told_as_an_error(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(
                "CREATE TABLE public.keyless (id int);"
                "CREATE TABLE public.notes (id int PRIMARY KEY, body text, secret text);"
                "REVOKE SELECT ON public.notes FROM authenticated, anon;"
                "GRANT SELECT (id, body) ON public.notes TO authenticated;"
                "GRANT SELECT (body) ON public.notes TO anon;"
                "ALTER TABLE public.notes REPLICA IDENTITY FULL;"
                "ALTER PUBLICATION supabase_realtime ADD TABLE public.keyless, public.notes"
            )
            async with followed(any_database) as live:
                keyless = await live.joined(SERVICE, binding(table="keyless"))
                some = await live.joined(identity(user=ANN))
                none = await live.joined(identity("anon"), binding(3), binding(4, "INSERT"), binding(5, "UPDATE"))
                writer.execute("INSERT INTO public.keyless VALUES (1)")
                writer.execute("INSERT INTO public.notes VALUES (1, 'b', 's')")
                writer.execute("UPDATE public.notes SET secret = 't'")
                writer.execute("DELETE FROM public.notes")
                await until(lambda: len(some.got) == len(none.got) == 3)
                told = {"schema": "public", "commit_timestamp": None, "columns": [], "record": {}}
                assert keyless.changes == [
                    {**told, "table": "keyless", "type": "INSERT", "errors": ["Error 400: Bad Request, no primary key"]}
                ]
                assert some.changes[1]["record"] == some.changes[1]["old_record"] == {"id": 1, "body": "b"}
                assert some.changes[2]["old_record"] == {"id": 1, "body": "b"}
                refused = {**told, "table": "notes", "errors": ["Error 401: Unauthorized"]}
                assert none.got[:2] == [
                    ([3, 4], {**refused, "type": "INSERT"}),
                    ([3, 5], {**refused, "type": "UPDATE", "old_record": {}}),
                ]
                assert none.changes[2]["old_record"] == {"body": "b"}

    played(play())


@pytest.mark.parametrize("whole", [False, True])
def test_partitions_are_followed_as_they_are_published(any_database: Database, *, whole: bool) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(
                "CREATE TABLE public.notes (id int, day int, PRIMARY KEY (id, day)) PARTITION BY LIST (day);"
                "CREATE TABLE public.notes_1 PARTITION OF public.notes FOR VALUES IN (1);"
                "ALTER PUBLICATION supabase_realtime ADD TABLE public.notes"
            )
            if whole:
                writer.execute("ALTER PUBLICATION supabase_realtime SET (publish_via_partition_root = true)")
            async with followed(any_database) as live:
                member = await live.joined(SERVICE, binding(table="notes" if whole else "notes_1"))
                writer.execute("INSERT INTO public.notes VALUES (1, 1)")
                await until(lambda: member.got)
                assert member.changes[0]["table"] == ("notes" if whole else "notes_1")

    played(play())


def test_odd_names_are_only_names(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(
                """CREATE SCHEMA "S; DROP ""x";
                CREATE TABLE "S; DROP ""x"."100% $$'t\\" ("Id {}" int, "$haulback$'; --" text, PRIMARY KEY ("Id {}", "$haulback$'; --"));
                GRANT USAGE ON SCHEMA "S; DROP ""x" TO authenticated;
                GRANT SELECT ON "S; DROP ""x"."100% $$'t\\" TO authenticated;
                ALTER TABLE "S; DROP ""x"."100% $$'t\\" ENABLE ROW LEVEL SECURITY;
                CREATE POLICY p ON "S; DROP ""x"."100% $$'t\\" USING (auth.uid() IS NOT NULL);
                ALTER PUBLICATION supabase_realtime ADD TABLE "S; DROP ""x"."100% $$'t\\";"""
            )
            async with followed(any_database) as live:
                odd = binding(table="100% $$'t\\", schema='S; DROP "x', filter="$haulback$'; --=like.%'s%")
                member = await live.joined(identity(user=ANN), odd)
                everything = await live.joined(identity(user=ANN), binding(schema="*", table=None))
                row = ('INSERT INTO "S; DROP ""x"."100%% $$\'t\\" VALUES (1, %s)', ["it's \"\\ {}"])
                writer.execute(*row)
                await until(lambda: member.got and everything.got)
                assert member.records == everything.records == [{"Id {}": 1, "$haulback$'; --": "it's \"\\ {}"}]

    played(play())
