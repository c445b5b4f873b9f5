"""What each change of the publication, of keys and of replica identity does to clients that listen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from haulback.contract.comparing import compare
from haulback.model.contract import ALL, Concerns, SentTable, Surface

NOTES = SentTable({"id": "bigint", "body": "text"}, {"anon": ("id",), "authenticated": ALL}, ("id",), ("id",))
ROLES = ("anon", "authenticated")


def surface(sent):
    return Surface(("public",), ROLES, sent=None if sent is None else dict(zip(["public.notes"], sent, strict=False)))


def differences(before, after):
    return compare(surface(before), surface(after))


def kinds(before, after):
    return [(str(one.severity), one.kind, one.path[-1], one.roles) for one in differences([before], [after])]


def test_the_same_is_no_difference():
    assert differences([NOTES], [NOTES]) == ()


def test_a_table_that_leaves_breaks_whoever_got_it():
    (found,) = differences([NOTES], [])
    assert found.breaks
    assert found.concerns is Concerns.RESPONSES
    assert found.told == "Realtime sends public.notes to anon and authenticated no more"
    assert found.path == ("public", "notes")


def test_a_table_that_joins_is_compatible():
    assert [(str(one.severity), one.kind) for one in differences([], [NOTES])] == [("compatible", "realtime-added")]


@pytest.mark.parametrize(("before", "after"), [(None, [NOTES]), ([NOTES], None), (None, None)])
def test_what_was_not_read_is_not_compared(before, after):
    assert differences(before, after) == ()


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"may": {"authenticated": ALL}}, [("breaking", "realtime-gone", "notes", ("anon",))]),
        ({"may": {"anon": ("id",), "authenticated": ("id",)}}, [("breaking", "realtime-column-gone", "body", ("authenticated",))]),
        ({"columns": {"id": "bigint"}}, [("breaking", "realtime-column-gone", "body", ("authenticated",))]),
        ({"columns": {"id": "uuid", "body": "text"}}, [("breaking", "realtime-column-type", "id", ROLES)]),
        ({"columns": {"id": "bigint", "body": "character varying"}}, [("compatible", "realtime-column-wider", "body", ())]),
        ({"columns": {"id": "bigint", "body": "text", "more": "text"}}, []),
        ({"key": ("body",), "old": ("body",)}, [("breaking", "realtime-key-changed", "notes", ROLES)]),
        ({"key": (), "old": ()}, [("breaking", "realtime-key-changed", "notes", ROLES)]),
        ({"old": ALL}, [("compatible", "realtime-identity-wider", "notes", ROLES)]),
        ({"old": ()}, [("breaking", "realtime-identity", "notes", ROLES)]),
        ({"old": ("body",)}, [("breaking", "realtime-identity", "notes", ROLES)]),
        ({"operations": ("insert",)}, [("breaking", "realtime-operation-gone", "notes", ROLES)]),
        ({"where": "(id > 0)"}, [("breaking", "realtime-rows", "notes", ROLES)]),
    ],
)  # fmt: skip
def test_a_change(change, wanted):
    assert kinds(NOTES, replace(NOTES, **change)) == wanted


def test_what_only_a_full_identity_told_is_missed():
    full = replace(NOTES, old=ALL)
    (found,) = differences([full], [NOTES])
    assert found.breaks
    assert found.told == "events of public.notes tell of the row as it was (id), and told everything (replica identity)"


def test_rows_that_come_without_a_condition_are_a_risk():
    assert kinds(replace(NOTES, where="(id > 0)"), NOTES) == [("risk", "realtime-rows-wider", "notes", ROLES)]


def test_operations_that_come_are_compatible():
    found = kinds(replace(NOTES, operations=("insert",)), NOTES)
    assert found == [("compatible", "realtime-operation-added", "notes", ())]


def test_a_key_where_there_was_none_breaks_nobody():
    assert all(not one.breaks for one in differences([replace(NOTES, key=(), old=())], [NOTES]))
