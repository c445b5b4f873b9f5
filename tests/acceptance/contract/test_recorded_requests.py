"""Requests that were served are asked again on the shadow, and a plan that answers them otherwise is refused."""

from __future__ import annotations

import json
from urllib.request import Request, urlopen

import pytest
from acceptance_site import until

USER = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def served(site):
    site.configure()
    with site.connect() as connection:
        connection.execute("create table public.notes (id bigint primary key, owner uuid, body text)")
        connection.execute("alter table public.notes enable row level security")
        connection.execute(
            "create policy own on public.notes for select to authenticated using ((select auth.uid()) = owner)"
        )
        connection.execute("grant select on public.notes to authenticated")
        connection.execute("insert into public.notes values (1, %s, 'mine')", [USER])
    return site


def test_a_recording_stops_the_plan_that_hides_rows(served):
    recording = served.folder / "supabase" / "requests" / "app.jsonl"
    recording.parent.mkdir(parents=True)
    serving = served.start("serve", "--json", "--port", "0", "--record", str(recording))
    url = until(lambda: serving.said and serving.said[0], "the address")["url"]
    token = served.run("token", "--user", USER, "--json").document["token"]
    asked = Request(f"{url}/rest/v1/notes?select=id,body", headers={"Authorization": f"Bearer {token}"})
    with urlopen(asked) as answer:
        assert json.load(answer) == [{"id": 1, "body": "mine"}]
    serving.process.terminate()
    serving.ended()
    assert token not in recording.read_text()

    served.configure(local='environment = "staging"')
    served.migration(
        "2_hide.sql",
        "drop policy own on public.notes;\n"
        "create policy own on public.notes for select to authenticated\n"
        "  using ((select auth.uid()) = owner and body <> 'mine');\n",
    )
    ended = served.run("deploy", "--yes", "--json")
    assert ended.exit == 3
    assert "recorded-answer-changed" in ended.document["hint"]
    diff = served.run("contract", "diff", "--json")
    assert diff.exit == 3
    (found,) = diff.document["differences"]
    assert found["kind"] == "answer-changed"
    assert found["told"] == (
        "GET /rest/v1/notes?select=id,body as authenticated: the answer is empty, and was not (app.jsonl:1)"
    )
    assert (found["file"], found["line"]) == ("2_hide.sql", 2)


def test_a_recording_that_cannot_be_read_is_a_usage_error(served):
    served.migration("2_a.sql", "select 1;")
    file = served.folder / "broken.har"
    file.write_text("{}", encoding="utf-8")
    ended = served.run("contract", "diff", "--requests", str(file), "--json")
    assert ended.exit == 2
    assert ended.document["error"] == "requests-unreadable"


def test_requests_that_cannot_be_asked_are_unknown_and_never_all_clear(served):
    served.configure('[api]\nlogin = "nobody_like_this"\n')
    served.migration("2_a.sql", "select 1;")
    requests = served.folder / "requests.http"
    requests.write_text("GET http://h/rest/v1/notes\n", encoding="utf-8")
    ended = served.run("contract", "diff", "--requests", str(requests), "--json")
    assert ended.exit == 7
    assert ended.document["ok"] is False
    assert "nobody_like_this" in ended.document["problems"][0]
