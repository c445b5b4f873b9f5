"""An API in front of which somebody put what lets everybody in: the deployment notices, and goes back."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import jwt
import pytest
from api_secret import SECRET

NOTES = """
create table public.notes (id uuid primary key, author uuid not null references auth.users on delete cascade);
alter table public.notes enable row level security;
create policy own on public.notes to authenticated using ((select auth.uid()) = author);
"""


def _trusting(url: str) -> type[BaseHTTPRequestHandler]:
    """Sends on whatever comes, as service_role."""
    token = jwt.encode({"role": "service_role"}, SECRET)

    class Trusting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            behind = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kept = {
                name: value for name, value in self.headers.items() if name.lower() not in {"authorization", "host"}
            }
            behind.request(self.command, self.path, body or None, {**kept, "Authorization": f"Bearer {token}"})
            answer = behind.getresponse()
            text = answer.read()
            behind.close()
            self.send_response(answer.status)
            for name in ("Content-Type", "Content-Range"):
                if value := answer.getheader(name):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815 - as the server calls them

        def log_message(self, *_: object) -> None: ...

    return Trusting


@pytest.fixture
def trusting(served) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _trusting(served.url))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_tokens_that_nobody_may_take_are_a_breach(served, trusting):
    served.site.configure(local=f'api_url = "{trusting}"')
    served.site.migration("001_notes.sql", NOTES)
    ended = served.site.deploy()
    assert ended.exit == 4, ended.stdout
    assert "a forged token INSERT public.notes: accepted" in ended.stdout
    assert "anon INSERT public.notes: the API lets through what the database refuses" in ended.stderr
    assert "a forged token INSERT public.notes by GraphQL: accepted" in ended.stdout
    assert "anon INSERT public.notes by GraphQL: the API lets through what the database refuses" in ended.stderr
    assert not served.site.exists("public.notes")
    assert served.site.value("select count(*) from auth.users where email like 'haulback-canary%%'") == 0
