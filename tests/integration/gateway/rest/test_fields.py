"""A row made of the fields of its body is the row that PostgreSQL's own json functions make of the body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from direct import Direct
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from haulback.gateway.answer import Answer
from haulback.gateway.rest.compiled import Field
from haulback.gateway.rest.payload import looked_at
from haulback.gateway.rest.planned import Options, Planned, RequestShape
from haulback.gateway.rest.planning import planned
from haulback.gateway.rest.shape import Shape
from haulback.pg.cluster import SUPERUSER, Running

COLUMNS = (
    "t",
    "v",
    "c",
    "u",
    "i",
    "b",
    "n",
    "m",
    "r",
    "f",
    "j",
    "jb",
    "d",
    "ts",
    "y",
    "mood",
    "a",
    "iv",
    "tags",
    "few",
)
TEXTS = st.sampled_from(
    [
        "a",
        "abcde",
        "abcdef",
        "fine",
        'not\\"fine',
        "1",
        "-1",
        "1.005",
        "1e3",
        "NaN",
        "true",
        "t",
        "2026-01-02",
        "2026-01-02T03:04:05Z",
        "\\\\xdead",
        "10.0.0.1",
        "6a61ce1d-9ad4-4cb7-a2a5-0a8ad7a8f4f6",
        "{1,2}",
        '{"a":1}',
        "1\\",
        "day",
        "null",
        "é",
        "\\u00e9",
        "\\ud800",
        "\\u0000",
        "99999999999999999999",
    ]
) | st.text(max_size=8)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
    st.lists(st.integers(0, 9) | TEXTS, max_size=2),
    st.dictionaries(TEXTS, st.none() | TEXTS, max_size=2),
)
# As text, so that what is nearly JSON is tried too: numbers that are none, an object cut short, a name twice.
WRITTEN = VALUES.map(json.dumps) | VALUES.map(lambda value: json.dumps(value, ensure_ascii=False))
BROKEN = st.sampled_from(
    ["01", "1.", "+1", "-", "NaN", "tru", "nullx", "'a'", '"a', "[1,]", '{"a":}', '"\t"', '"\x7f"', ""]
)
BODIES = st.lists(
    st.tuples(st.sampled_from(COLUMNS), WRITTEN | WRITTEN | WRITTEN | BROKEN), min_size=1, max_size=4
).map(
    lambda pairs: ("{" + ", ".join(f'"{name}": {value}' for name, value in pairs) + "}").encode(
        "utf-8", "surrogatepass"
    )
)


@pytest.fixture
def committed(library: Direct, library_server: Running, library_database: str) -> Iterator[psycopg.Connection]:
    """A connection that sees what was inserted, and empties the table."""
    with psycopg.connect(library_server.conninfo(SUPERUSER, library_database), autocommit=True) as connection:
        yield connection
        connection.execute("TRUNCATE api.kinds")


def made_in_both_ways(library: Direct, look: psycopg.Connection, body: bytes) -> list[tuple[Answer, list[object]]]:
    found = []
    for by_field, chooses in ((False, True), (True, True), (True, False)):
        cache = replace(library.cache, chooses_answers=chooses)
        way = replace(library, by_field=by_field, cache=cache, options=Options(extra_search_path=("public",)))
        answer = way("POST", "/kinds", body, prefer="count=exact")
        rows = look.execute("SELECT kinds::text FROM api.kinds").fetchall()
        look.execute("TRUNCATE api.kinds")
        found.append((answer, rows))
    return found


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(body=BODIES | st.binary(max_size=12))
@example(body=b'{"t": "a\xff"}')
@example(body=b'{"jb": {"a\xff": 1}}')
@example(body=b'{"i": 1, "i": 2}')
@example(body=b'{"c": "a  ", "v": "abcde     "}')
@example(body=b'{"n": 1.005, "m": 1.10, "r": 1e-60}')
@example(body=b' { "t" : [1, {"a": null}] , "jb" : [1,  2], "j" : [1,  2] } ')
@example(body=b'{"few": 11}')
def test_the_same_row_or_the_same_refusal(library: Direct, committed: psycopg.Connection, body: bytes):
    (answer, rows), *others = made_in_both_ways(library, committed, body)
    for other, made in others:
        assert made == rows, body
        assert told(other, body) == told(answer, body), body


def told(answer: Answer, body: bytes) -> object:
    """What a client is told; of two bad values in one body, which one it hears of is left open."""
    if answer.status == 400 and body.count(b'":') > 1:
        code = json.loads(answer.body)["code"]
        return code[:2] if code.startswith("22") else code
    return answer


def of_fields(library: Direct, body: bytes, table: str = "kinds", **shape: object) -> bool:
    payload = looked_at("POST", "application/json", Shape(()), body, is_call=False)
    request = RequestShape("POST", "api", table, is_call=False, shape=Shape(()))
    request = request._replace(
        body_keys=payload.keys, body_is_object=payload.is_object, body_has_fields=payload.fields is not None, **shape
    )
    plan: Planned = planned(request, library.cache, Options())
    return any(isinstance(bind, Field) for bind in plan.main.binds)


@pytest.mark.parametrize("name", sorted(set(COLUMNS) - {"tags"}))
def test_these_types_are_given_by_field(library: Direct, name: str):
    assert of_fields(library, json.dumps({name: None}).encode())


@pytest.mark.parametrize(
    "body", [b'{"tags": ["a"]}', b'{"t": "a\\nb"}', b'[{"t": "a"}]', b"{}", b'{"t": "%s"}' % (b"a" * 5000)]
)
def test_what_is_not_plain_is_left_to_postgresql(library: Direct, body: bytes):
    assert not of_fields(library, body)


def test_what_goes_through_a_function_of_its_own_is_not(library: Direct):
    assert not of_fields(library, b'{"id": 1, "tint": "#ff0000"}', "covers")
    assert not of_fields(library, b'{"id": 1, "tint": "#ff0000"}', "covers", prefer="resolution=merge-duplicates")
