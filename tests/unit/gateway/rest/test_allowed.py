"""Methods of a table follow from what can be done to it, those of a function from what it may change."""

from __future__ import annotations

import pytest

from haulback.gateway.rest.allowed import allowed_at_root, allowed_of_routine, allowed_of_table
from haulback.gateway.schema.model import Name, Returned, Routine, Table, Volatility


def methods(table: Table) -> str | None:
    return dict(allowed_of_table(table).headers).get("Allow")


def table(verbs: str, *, key: tuple[str, ...] = ("id",)) -> Table:
    return Table(Name("api", "t"), {}, key, insertable="i" in verbs, updatable="u" in verbs, deletable="d" in verbs)


@pytest.mark.parametrize(
    ("verbs", "expected"),
    [
        ("iud", "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"),
        ("", "OPTIONS,GET,HEAD"),
        ("i", "OPTIONS,GET,HEAD,POST"),
        ("u", "OPTIONS,GET,HEAD,PATCH"),
        ("d", "OPTIONS,GET,HEAD,DELETE"),
        ("iu", "OPTIONS,GET,HEAD,POST,PUT,PATCH"),
    ],
)
def test_tables(verbs, expected):
    assert methods(table(verbs)) == expected


def test_without_a_key_there_is_no_put():
    assert methods(table("iud", key=())) == "OPTIONS,GET,HEAD,POST,PATCH,DELETE"


@pytest.mark.parametrize(
    ("volatility", "expected"),
    [
        (Volatility.VOLATILE, "OPTIONS,POST"),
        (Volatility.STABLE, "OPTIONS,GET,HEAD,POST"),
        (Volatility.IMMUTABLE, "OPTIONS,GET,HEAD,POST"),
    ],
)
def test_functions(volatility, expected):
    routine = Routine(Name("api", "f"), (), Returned(Name("pg_catalog", "int4")), volatility)
    assert dict(allowed_of_routine(routine).headers)["Allow"] == expected


def test_the_root_is_only_read():
    answer = allowed_at_root()
    assert (answer.status, answer.body, dict(answer.headers)["Allow"]) == (200, b"", "OPTIONS,GET,HEAD")
