"""Recorded requests, asked of a real database by a gateway of ours."""

from __future__ import annotations

import json
from dataclasses import replace

import jwt
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from haulback.contract.recorded.recorder import CannotRecord, Recorder
from haulback.contract.replaying import NotAsked, answers
from haulback.gateway.auth import keys
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.http.headers import Headers
from haulback.gateway.http.request import Request
from haulback.model.api import ApiSettings
from haulback.model.requests import RecordedRequest

USER = "11111111-1111-4111-8111-111111111111"
CLAIMS = {"role": "authenticated", "sub": USER}
SCENE = """
    create table public.notes (id bigint primary key, owner uuid, body text);
    alter table public.notes enable row level security;
    create policy own on public.notes to authenticated using (owner = (select auth.uid()));
    grant select, insert, delete on public.notes to authenticated;
    create function public.wait() returns text language sql as 'select pg_sleep(60)::text';
"""


@pytest.fixture
def ask(database):
    with database.connect(autocommit=True) as connection:
        connection.execute(SCENE)
        connection.execute("insert into public.notes values (1, %s, 'mine'), (2, null, 'nobody''s')", [USER])
    login = {name: str(value) for name, value in conninfo_to_dict(database.conninfo("authenticator")).items()}

    def asked(*requests, **changed):
        return answers(requests, {**login, **changed}, ["public"], ApiSettings())

    return asked


def test_each_is_asked_as_who_asked_it(ask):
    read = RecordedRequest("GET", "/rest/v1/notes", "select=id")
    mine, strangers = ask(RecordedRequest("GET", "/rest/v1/notes", "select=id", claims=CLAIMS), read)
    assert (mine.status, json.loads(mine.body)) == (200, [{"id": 1}])
    assert (strangers.status, json.loads(strangers.body)) == (200, [])


def test_nothing_that_is_written_stays(ask, database):
    kind = {"content-type": "application/json", "prefer": "return=representation"}
    body = json.dumps({"id": 3, "owner": USER, "body": "new"}).encode()
    insert = RecordedRequest("POST", "/rest/v1/notes", "", kind, body, CLAIMS)
    delete = RecordedRequest("DELETE", "/rest/v1/notes", "id=eq.1", claims=CLAIMS)
    assert [one.status for one in ask(insert, insert, delete)] == [201, 201, 204]
    with database.connect() as connection:
        assert connection.execute("select array_agg(id order by id) from public.notes").fetchone() == ([1, 2],)


def test_a_request_that_takes_too_long_is_ended_by_the_server(ask, monkeypatch):
    monkeypatch.setattr("haulback.contract.replaying._LONGEST", 1)
    slow = RecordedRequest("POST", "/rest/v1/rpc/wait", claims={"role": "service_role"})
    (answer,) = ask(slow)
    assert json.loads(answer.body)["code"] == "57014"


def test_nothing_is_committed_whatever_the_database_says(ask, database):
    with database.connect(autocommit=True) as connection:
        for name, value in (("db_tx_end", "commit"), ("db_max_rows", "1"), ("jwt_role_claim_key", "$.app.role")):
            say = "alter role authenticator in database {} set {} = {}"
            names = sql.Identifier(database.name), sql.Identifier(f"pgrst.{name}")
            connection.execute(sql.SQL(say).format(*names, sql.Literal(value)))
        connection.execute("insert into public.notes values (3, %s, 'mine too')", [USER])
    mine = RecordedRequest("GET", "/rest/v1/notes", "select=id&order=id", claims=CLAIMS)
    delete = RecordedRequest("DELETE", "/rest/v1/notes", "id=eq.1", claims=CLAIMS)
    deleted, left = ask(delete, mine)
    assert (deleted.status, json.loads(left.body)) == (204, [{"id": 1}])


def test_a_role_that_is_null_is_a_strangers(ask):
    notes = RecordedRequest("GET", "/rest/v1/notes", "select=id")
    stranger, null = ask(notes, replace(notes, claims={"role": None}))
    assert (null.status, null.body) == (stranger.status, stranger.body)


def test_a_role_that_is_not_there_is_told(ask):
    with pytest.raises(NotAsked, match="nobody_like_this"):
        ask(RecordedRequest("GET", "/rest/v1/notes"), user="nobody_like_this")


SECRET = "0123456789abcdef0123456789abcdef"


def heard(recorder, method="GET", path="/rest/v1/notes", query="", body=b"", **headers):
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    recorder(Request(method, path, query, Headers(raw), body))


@pytest.fixture
def recording(tmp_path):
    told = []
    tokens = Tokens(keys.parsed(SECRET), clock=lambda: 1000.0)
    return tmp_path / "r.jsonl", Recorder(tmp_path / "r.jsonl", tokens, told.append)


def test_a_recording_holds_claims_and_no_token(recording):

    file, recorder = recording
    token = jwt.encode({**CLAIMS, "exp": 2000}, SECRET, algorithm="HS256")
    heard(recorder, authorization=f"Bearer {token}", accept="text/csv", cookie="a=b", x_secret="s")
    heard(recorder, query=f"select=id&apikey={token}")
    heard(recorder, query=f"select=id&apikey={token}")  # known by now
    heard(recorder, authorization="Bearer forged")
    heard(recorder, path="/auth/v1/token", body=b'{"password": "p"}', method="POST")
    found = [json.loads(line) for line in file.read_text().splitlines()]
    assert found == [
        {"method": "GET", "path": "/rest/v1/notes", "headers": {"accept": "text/csv"}, "claims": CLAIMS},
        {"method": "GET", "path": "/rest/v1/notes", "query": "select=id", "claims": CLAIMS},
    ]
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written_is_told_at_once(tmp_path):
    with pytest.raises(CannotRecord):
        Recorder(tmp_path / "none" / "r.jsonl", Tokens(keys.parsed(SECRET), clock=lambda: 1.0), print)
