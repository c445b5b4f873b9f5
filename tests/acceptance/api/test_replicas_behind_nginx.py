"""Two `haulback serve` behind the nginx of docs/api-replicas.md: both are asked, and one may go."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from acceptance_site import Site, Started, until
from websockets.sync.client import connect

PAGE = Path(__file__).parents[3] / "docs" / "api-replicas.md"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
AROUND = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    log_format where '$upstream_addr';
    access_log {folder}/where.log where;
    {text}
}}
"""


def _free() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def _serve(site: Site) -> tuple[Started, int]:
    started = site.start("serve", "--json", "--port", "0", "--access-log")
    return started, until(lambda: started.said, "a replica")[0]["port"]


def _configuration(ports: dict[str, int]) -> str:
    text = re.search(r"```nginx\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    return re.sub(r"127\.0\.0\.1:(\d+)", lambda found: f"127.0.0.1:{ports[found[1]]}", text)


def _ask(port: int, body: bytes | None = None) -> int:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/rest/v1/things", data=body, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as answer:
        return answer.code
    except OSError:
        return 0


@pytest.fixture
def balanced(site: Site, tmp_path: Path) -> Iterator[tuple[Site, Started, int, Path]]:
    if NGINX is None:
        reason = "nginx is not installed (apt-get install nginx-light)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    site.execute("create table public.things (id int primary key); grant all on public.things to anon")
    site.configure('[api]\ntrusted_proxies = ["127.0.0.1"]')
    (first, one), (second, two) = _serve(site), _serve(site)
    front = _free()
    folder = tmp_path / "nginx"
    folder.mkdir()
    text = _configuration({"54321": one, "54322": two, "8080": front})
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, text=text), encoding="utf-8")
    process = subprocess.Popen([NGINX, "-e", str(folder / "error.log"), "-p", str(folder), "-c", "nginx.conf"])
    try:
        until(lambda: _ask(front) == 200, "nginx")
        yield site, first, front, folder / "where.log"
    finally:
        process.terminate()
        process.wait(timeout=30)
        for replica in (first, second):
            if replica.process.poll() is None:
                replica.process.terminate()
                replica.ended()


def test_members_at_two_replicas_hear_each_other(balanced):
    site, _, front, log = balanced
    key = site.run("token", "--role", "anon").stdout.strip()
    address = f"ws://127.0.0.1:{front}/realtime/v1/websocket?apikey={key}&vsn=2.0.0"
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(connect(address)) for _ in range(4)]
        for each in sockets:
            each.send(json.dumps(["1", "1", "realtime:room", "phx_join", {"config": {}}]))
            assert json.loads(each.recv(timeout=10))[4]["status"] == "ok"
        said = {"type": "broadcast", "event": "x", "payload": {"a": 1}}
        sockets[0].send(json.dumps(["1", "2", "realtime:room", "broadcast", said]))
        for each in sockets[1:]:
            assert json.loads(each.recv(timeout=10)) == [None, None, "realtime:room", "broadcast", said]
    until(lambda: len(set(log.read_text().split())) == 2, "sockets at both replicas")


def test_a_replica_knows_whom_nginx_asks_for(balanced):
    site, _, front, _ = balanced
    client = http.client.HTTPConnection("127.0.0.1", front, timeout=10, source_address=("127.0.0.2", 0))
    client.request("GET", "/rest/v1/things?id=eq.4711", headers={"X-Forwarded-For": "203.0.113.7"})
    assert client.getresponse().status == 200
    client.close()
    for replica in site.started:
        replica.process.terminate()
    lines = [line for replica in site.started for line in replica.ended().stderr.splitlines() if "id=eq.4711" in line]
    assert [json.loads(line)["client"] for line in lines] == ["127.0.0.2"]


def test_both_replicas_are_asked_and_one_may_go(balanced):
    site, first, front, log = balanced
    assert {_ask(front) for _ in range(8)} == {200}
    until(lambda: len(set(log.read_text().split())) == 2, "requests to both replicas")
    first.process.terminate()
    first.ended()
    assert {_ask(front) for _ in range(8)} == {200}
    statuses = [_ask(front, b'{"id": %d}' % number) for number in range(8)]
    assert set(statuses) == {201}
    assert site.value("select count(*) from public.things") == 8
