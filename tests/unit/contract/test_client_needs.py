"""What known clients need, held against a surface."""

from __future__ import annotations

import pytest

from haulback.contract.clients import ClientsUnreadable, load
from haulback.contract.needs import unmet
from haulback.model.contract import ALL, Argument, OfferedColumn, OfferedFunction, OfferedTable, Surface, Verb

FILE = """
[client."ios 3.2"]
functions = ["track(name, value)", "ping"]
events = ["app_open", "app_open"]

[client."ios 3.2".tables.engagement_events]
select = ["id"]
insert = ["event_type", "value"]
"""
EVENTS = OfferedTable(
    {
        "id": OfferedColumn("uuid", nullable=False),
        "event_type": OfferedColumn("text", nullable=False, required=True),
        "value": OfferedColumn("jsonb", nullable=False),
    },
    {"authenticated": {Verb.SELECT: ALL, Verb.INSERT: ALL}},
)
ROLES = ("authenticated",)
TRACK = OfferedFunction(
    (Argument("name", "text"), Argument("value", "jsonb"), Argument("at", "date", required=False)), "void", roles=ROLES
)
PING = OfferedFunction((), "text", roles=ROLES)


def surface(events=EVENTS, track=TRACK, ping=PING):
    tables = {"public.engagement_events": events} if events else {}
    functions = {name: (one,) for name, one in (("public.track", track), ("public.ping", ping)) if one}
    return Surface(("public",), ROLES, tables, functions)


@pytest.fixture
def known(tmp_path):
    file = tmp_path / "clients.toml"
    file.write_text(FILE, encoding="utf-8")
    return load(file)


def told(known, after, before=None):
    return [(str(one.severity), one.told) for one in unmet(known, before, after)]


def events(columns=None, **changed):
    return OfferedTable({**EVENTS.columns, **changed} if columns is None else columns, EVENTS.may)


def test_everything_that_is_needed_is_there(known):
    assert told(known, surface()) == []


def test_a_table_that_is_gone(known):
    assert told(known, surface(events=None), surface()) == [
        ("breaking", "ios 3.2 needs to select public.engagement_events"),
        ("breaking", "ios 3.2 needs to insert public.engagement_events"),
        ("breaking", "ios 3.2 needs to insert public.engagement_events"),
    ]


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        (
            events({"id": EVENTS.columns["id"], "event_type": EVENTS.columns["event_type"]}),
            "needs to insert public.engagement_events.value",
        ),
        (events(value=OfferedColumn("jsonb", written=False)), "needs to insert public.engagement_events.value"),
        (
            events(device=OfferedColumn("text", nullable=False, required=True)),
            "inserts into public.engagement_events without device, which is required",
        ),
        (
            events(event_type=OfferedColumn("text", values=("screen_view",))),
            "writes events of the type app_open, which event_type does not take",
        ),
    ],
)
def test_a_column(known, after, wanted):
    assert ("breaking", f"ios 3.2 {wanted}") in told(known, surface(after), surface())


def test_a_verb(known):
    after = surface(OfferedTable(EVENTS.columns, {"authenticated": {Verb.INSERT: ALL}}))
    assert told(known, after) == [("breaking", "ios 3.2 needs to select public.engagement_events")]


@pytest.mark.parametrize(
    ("track", "fits"),
    [
        (OfferedFunction((Argument("name", "text"),), "void", roles=ROLES), False),
        (OfferedFunction((*TRACK.arguments, Argument("z", "text")), "void", roles=ROLES), False),
        (OfferedFunction(TRACK.arguments, "void", roles=("anon",)), False),
        (OfferedFunction((*TRACK.arguments, Argument("z", "text", required=False)), "void", roles=ROLES), True),
        (None, False),
    ],
)
def test_a_function(known, track, fits):
    wanted = [] if fits else [("breaking", "ios 3.2 needs to call public.track(name, value)")]
    assert told(known, surface(track=track)) == wanted


def test_what_was_missing_before_is_no_news_of_the_plan(known):
    found = told(known, surface(ping=None), surface(ping=None))
    assert found == [("risk", "ios 3.2 needs to call public.ping(), and did not before either")]


def test_an_event_that_the_registry_does_not_know(tmp_path):
    file = tmp_path / "clients.toml"
    file.write_text('[client.old]\nevents = ["no_such_event"]\n', encoding="utf-8")
    assert told(load(file), surface()) == [
        ("risk", "old writes events of the type no_such_event, which the registry does not know")
    ]


def test_without_a_file_nothing_is_needed(tmp_path):
    assert load(tmp_path / "none.toml") == ()


@pytest.mark.parametrize(
    "content",
    [
        "[",
        "client = 3",
        '[client.a]\nrole = "postgres"',
        "[client.a]\nwants = []",
        '[client.a]\nfunctions = ["f(", "g"]',
        '[client.a.tables.t]\nread = ["a"]',
        "\udcff",
    ],
)
def test_a_file_that_is_written_otherwise_says_so(content, tmp_path):
    file = tmp_path / "clients.toml"
    file.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(ClientsUnreadable):
        load(file)
