"""Values of many types as SQL literals, with those that are equal and yet not the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

TYPES = """
create type public."mood!" as enum ('sad', 'it''s', '100%', 'ok');
create domain public.small as int check (value < 1000000);
create type public.pair as (a int, "b c" text);
"""
ODD_TEXTS = (
    "'plain'",
    "''",
    "'it''s \"quoted\"'",
    "'50% of %s and %(x)s'",
    "E'tab\\tline\\nback\\\\slash'",
    "'naïve ß 漢字 🙂'",
    "' padded  '",
    "'{x} $1 :y ?'",
    "'null'",
)


@dataclass(frozen=True)
class Kind:
    """A type.

    Attributes:
        literals: values that several rows may have.
        fresh: a value of its own for each number, where the type has so many.
        changed: an expression over `{}` that makes another value of one.
        keyed: whether it can be a key.
    """

    type: str
    literals: tuple[str, ...]
    fresh: Callable[[int], str] | None
    changed: str
    keyed: bool = False


KINDS: dict[str, Kind] = {
    "int": Kind("int", ("0", "1", "2", "3", "-5"), lambda n: str(1000 + n), "{} + 1", keyed=True),
    "bigint": Kind("bigint", ("1", "2", "3", "9007199254740993"), lambda n: str(10**12 + n), "-{}", keyed=True),
    "text": Kind("text", ODD_TEXTS, lambda n: f"'user''s %s {n}'", "upper({}) || '%'", keyed=True),
    "varchar": Kind("varchar(40)", ODD_TEXTS[:4], lambda n: f"'v{n}'", "lower({})", keyed=True),
    "char": Kind("char(6)", ("'a'", "'b'", "''"), lambda n: f"'c{n}'", "rtrim({})", keyed=True),
    "numeric": Kind(
        "numeric", ("1.0", "1.00", "'NaN'", "-0.5", "123456789.123456789"), lambda n: f"{n}.5", "{} * 1.00", keyed=True
    ),
    "money_like": Kind("numeric(12,2)", ("1", "2.5", "0"), lambda n: f"{n}.25", "{} + 0.01"),
    "float": Kind("float8", ("0", "'-0'", "0.1", "'NaN'", "1e300"), lambda n: f"{n}.125", "-{}"),
    "real": Kind("real", ("0", "'-0'", "0.3"), lambda n: f"{n}.5", "{} * 3"),
    "bool": Kind("boolean", ("true", "false"), None, "not {}"),
    "timestamptz": Kind(
        "timestamptz",
        ("'2024-02-29 23:59:59.999999+05:30'", "'2000-01-01Z'", "'infinity'"),
        lambda n: f"timestamptz '2030-01-01Z' + interval '{n} hours'",
        "{} + interval '1 microsecond'",
        keyed=True,
    ),
    "date": Kind("date", ("'2024-02-29'", "'0044-03-15 BC'"), lambda n: f"date '2030-01-01' + {n}", "{} + 1"),
    "interval": Kind(
        "interval", ("'1 day'", "'24 hours'", "'1 mon'", "'30 days'"), lambda n: f"'{n} min'", "justify_hours({})"
    ),
    "bytea": Kind("bytea", (r"'\x00ff'", r"'\x'", r"'\x25'"), lambda n: rf"'\x{n:08x}'", r"{} || '\x00'"),
    "json": Kind(
        "json",
        ("'{\"a\": 1}'", "'{\"a\":1}'", "'null'", "'[1.0, \"%\"]'"),
        lambda n: f"'{{\"u\": {n}}}'",
        "json_build_array({})",
    ),
    "jsonb": Kind(
        "jsonb", ("'{\"a\": 1.0}'", "'{\"a\": 1.00}'", "'null'"), lambda n: f"'{{\"u\": {n}}}'", "jsonb_build_array({})"
    ),
    "uuid": Kind(
        "uuid",
        ("'00000000-0000-0000-0000-000000000001'",),
        lambda n: f"'00000000-0000-0000-0001-{n:012d}'",
        "gen_random_uuid()",
        keyed=True,
    ),
    "ints": Kind("int[]", ("'{}'", "'{1,NULL,3}'", "'[2:3]={4,5}'"), lambda n: f"array[{n}]", "{} || 7"),
    "texts": Kind(
        "text[]", ("'{}'", "array['a,b', '\"%\"', null]"), lambda n: f"array['u{n}']", "array_append({}, 'x y')"
    ),
    "floats": Kind(
        "float8[]",
        ("array[0.1, -0.0]::float8[]", "array[0]::float8[]"),
        lambda n: f"array[{n}.5]::float8[]",
        "{} || 0.3::float8",
    ),
    "times": Kind(
        "timestamptz[]",
        ("array[timestamptz '2024-03-04 05:06:07Z']",),
        lambda n: f"array[timestamptz '2031-01-01Z' + interval '{n} s']",
        "{} || timestamptz '2024-05-06Z'",
    ),
    "mood": Kind('public."mood!"', ("'sad'", "'it''s'", "'100%'"), None, "'ok'", keyed=True),
    "small": Kind("public.small", ("1", "2", "3"), lambda n: str(2000 + n), "{} + 1"),
    "pair": Kind("public.pair", ("row(1, 'x')", "row(null, '(,\"')"), lambda n: f"row({n}, 'u')", "row(9, '%')"),
    "inet": Kind("inet", ("'10.0.0.1'", "'::1/64'"), lambda n: f"inet '10.1.0.0' + {n}", "{} + 1"),
    "range": Kind("int4range", ("'[1,5)'", "'empty'"), lambda n: f"int4range({n}, {n} + 2)", "{} * int4range(2, 4)"),
    "bits": Kind("varbit", ("B'101'", "B''"), lambda n: f"{n}::bit(16)::varbit", "~{}"),
    "tsvector": Kind("tsvector", ("'a:1 b:2'", "''"), lambda n: f"'u{n}'", "strip({})"),
}
KEYED = tuple(name for name, kind in KINDS.items() if kind.keyed)
