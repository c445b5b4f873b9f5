from __future__ import annotations

import json

import pytest

from haulback.model.check import Outcome
from haulback.model.schema import ObjectKey, Schema, SchemaObject
from haulback.verify._stage import Attempt
from haulback.verify.validation import TITLES, smoke, validate


def an_object(kind, identity, **definition):
    return SchemaObject(ObjectKey(kind, identity), json.dumps(definition, sort_keys=True), (), (), frozenset())


def schema(*objects, major=18):
    return Schema({one.key: one for one in objects}, major)


TABLE = an_object("table", "public.visits", row_security=True)
OPEN_TABLE = an_object("table", "public.visits")
INDEX = an_object("index", "public.visits_at")
BROKEN_INDEX = an_object("index", "public.visits_at", invalid=True)


def outcomes(expected, live):
    return {result.id: result.outcome for result in validate(expected, live)}


def details(expected, live):
    return {result.id: result.detail for result in validate(expected, live)}


def test_equal_schemas_pass_everything():
    assert set(outcomes(schema(TABLE, INDEX), schema(TABLE, INDEX)).values()) == {Outcome.PASS}


def test_the_answers_have_titles_and_pages():
    assert [result.id for result in validate(schema(), schema())] == [id_ for id_ in TITLES if id_ != "smoke-writes"]


def test_what_is_missing_fails_and_is_named():
    assert outcomes(schema(TABLE, INDEX), schema(TABLE))["as-rehearsed"] is Outcome.FAIL
    assert "index public.visits_at" in details(schema(TABLE, INDEX), schema(TABLE))["as-rehearsed"]


def test_row_security_that_is_off_where_it_was_on_fails():
    found = outcomes(schema(TABLE), schema(OPEN_TABLE))
    assert found["row-security-on"] is Outcome.FAIL
    assert found["as-rehearsed"] is Outcome.FAIL


def test_row_security_that_was_never_on_is_no_matter():
    assert outcomes(schema(OPEN_TABLE), schema(OPEN_TABLE))["row-security-on"] is Outcome.PASS
    assert outcomes(schema(OPEN_TABLE), schema(TABLE))["row-security-on"] is Outcome.PASS


def test_an_invalid_index_fails_unless_the_rehearsal_ended_with_it():
    assert outcomes(schema(INDEX), schema(BROKEN_INDEX))["indexes-valid"] is Outcome.FAIL
    assert outcomes(schema(BROKEN_INDEX), schema(BROKEN_INDEX))["indexes-valid"] is Outcome.PASS


def test_what_is_not_expected_is_unknown():
    found = outcomes(schema(TABLE), schema(TABLE, INDEX))
    assert found["nothing-unexpected"] is Outcome.UNKNOWN
    assert found["as-rehearsed"] is Outcome.PASS


def test_definitions_of_two_majors_are_not_compared_but_what_is_missing_is():
    other = an_object("table", "public.visits", row_security=True, not_null="as a constraint")
    assert outcomes(schema(TABLE), schema(other, major=15))["as-rehearsed"] is Outcome.UNKNOWN
    assert outcomes(schema(TABLE, INDEX), schema(other, major=15))["as-rehearsed"] is Outcome.FAIL


@pytest.mark.parametrize(
    ("state", "command", "outcome"),
    [
        (None, "SELECT", Outcome.PASS),
        ("42501", "INSERT", Outcome.PASS),  # a policy refuses
        ("42501", "SELECT", Outcome.UNKNOWN),  # the privilege is held: a policy reads what its reader may not
        ("23502", "INSERT", Outcome.PASS),  # a column without default
        ("P0001", "INSERT", Outcome.PASS),  # a trigger refuses
        ("42P17", "SELECT", Outcome.FAIL),  # a policy recurses
        ("42703", "INSERT", Outcome.FAIL),  # a trigger names a column that is gone
        ("XX000", "DELETE", Outcome.FAIL),
    ],
)
def test_refused_is_not_broken(state, command, outcome):
    assert smoke(Attempt(state=state), command) is outcome
