"""The metrics endpoint of a hosted project, against a real HTTP server."""

from __future__ import annotations

import base64
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.checks._context import Thresholds
from haulback.checks._metrics import MetricsUnavailable, Sample, fetch, figures, parse
from haulback.checks.preflight import checks
from haulback.model.check import Outcome
from haulback.model.target import Environment, Policy, Target

KEY = "not-a-real-key"
PAGE = """\
# HELP node_cpu_seconds_total Seconds the CPUs spent in each mode.
# TYPE node_cpu_seconds_total counter
node_cpu_seconds_total{service_type="db",cpu="0",mode="idle"} 812345.67
node_cpu_seconds_total{service_type="db",cpu="0",mode="user"} 2345.1
node_cpu_seconds_total{service_type="db",cpu="1",mode="idle"} 812001.2 1700000000000
# TYPE node_load1 gauge
node_load1{service_type="db"} 0.5
node_memory_MemTotal_bytes{service_type="db"} 4.0e+09
node_memory_MemAvailable_bytes{service_type="db"} 1.0e+09
node_filesystem_size_bytes{device="/dev/nvme0n1p2",fstype="ext4",mountpoint="/",service_type="db"} 1.0e+10
node_filesystem_avail_bytes{device="/dev/nvme0n1p2",fstype="ext4",mountpoint="/",service_type="db"} 4e+09
node_filesystem_size_bytes{device="/dev/nvme1n1",fstype="ext4",mountpoint="/data",service_type="db"} 8.0e+09
node_filesystem_avail_bytes{device="/dev/nvme1n1",fstype="ext4",mountpoint="/data",service_type="db"} 1.0e+09
pg_stat_database_num_backends{datname="odd \\"name\\" {x}",server="localhost:5432"} 7
node_memory_SwapFree_bytes{service_type="db"} NaN
broken line
"""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.seen.append((self.path, self.headers.get("Authorization")))
        self.send_response(server.status)
        for name, value in server.extra.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(server.page.encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def api():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.status, server.extra, server.page = [], 200, {}, PAGE
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def hosted(api) -> Target:
    return Target(
        name="hosted",
        environment=Environment.PRODUCTION,
        parameters={},
        policy=Policy(unknown_blocks=True),
        api_url=f"http://127.0.0.1:{api.server_port}/",
        service_role_key=KEY,
    )


def test_the_figures_of_a_page(api, hosted):
    host = fetch(hosted)

    assert host.cpu == pytest.approx(0.25)
    assert host.memory == pytest.approx(0.75)
    assert host.free == {"/": pytest.approx(0.4), "/data": pytest.approx(0.125)}


def test_it_asks_as_service_role(api, hosted):
    fetch(hosted)

    login = base64.b64encode(f"service_role:{KEY}".encode()).decode()
    assert api.seen == [("/customer/v1/privileged/metrics", f"Basic {login}")]


def test_the_key_does_not_follow_a_redirect(api, hosted):
    api.status, api.extra = 302, {"Location": f"http://127.0.0.1:{api.server_port}/elsewhere"}

    with pytest.raises(MetricsUnavailable, match="302"):
        fetch(hosted)

    assert len(api.seen) == 1


@pytest.mark.parametrize(
    "url", ["http://project.example", "ftp://127.0.0.1/x", "http://10.0.0.1", "file:///etc/passwd"]
)
def test_the_key_is_not_sent_in_clear(hosted, url):
    with pytest.raises(MetricsUnavailable, match="plain HTTP"):
        fetch(replace(hosted, api_url=url))


def test_a_refusal_says_its_status_and_not_the_key(api, hosted):
    api.status = 401
    with pytest.raises(MetricsUnavailable, match="401") as caught:
        fetch(hosted)
    assert KEY not in str(caught.value)


def test_an_endpoint_that_is_not_there(api, hosted):
    api.shutdown()
    api.server_close()
    with pytest.raises(MetricsUnavailable, match="not reachable"):
        fetch(hosted)


@pytest.mark.parametrize("missing", ["node_cpu_seconds_total", "node_load1", "node_memory_MemTotal_bytes"])
def test_a_page_without_a_series_is_no_answer(missing):
    page = "\n".join(line for line in PAGE.splitlines() if not line.startswith(missing))
    with pytest.raises(MetricsUnavailable):
        figures(parse(page))


def test_without_address_or_key_nothing_is_asked(api, hosted):
    for target in (replace(hosted, api_url=None), replace(hosted, service_role_key=None)):
        with pytest.raises(MetricsUnavailable, match="no api_url"):
            fetch(target)
    assert api.seen == []


def test_labels_may_hold_quotes_and_braces():
    sample = next(one for one in parse(PAGE) if one.name == "pg_stat_database_num_backends")
    assert sample.value == 7
    assert sample.labels["server"] == "localhost:5432"


@pytest.mark.parametrize(("id_", "figure"), [("disk", "/data: 12% free"), ("load", "memory 75%")])
def test_the_checks_read_a_hosted_machine(api, hosted, monkeypatch, id_, figure):
    monkeypatch.setattr(f"haulback.checks.{id_}.server_process", lambda _: None)
    context = SimpleNamespace(target=hosted, thresholds=Thresholds(), data_directories=())

    result = checks()[id_].run(context)

    assert result.outcome is Outcome.FAIL
    assert figure in result.figure


names = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]*", fullmatch=True)
plain_text = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters='"\\'))


@given(names, st.dictionaries(names, plain_text), st.floats(allow_nan=False))
def test_what_is_written_is_read(name, labels, value):
    inner = ",".join(f'{key}="{text}"' for key, text in labels.items())
    assert parse(f"{name}{{{inner}}} {value!r}") == (Sample(name, labels, value),)


@given(st.text())
def test_no_text_breaks_the_parser(text):
    parse(text)
