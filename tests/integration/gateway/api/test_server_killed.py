"""PostgreSQL dies under the API, by SIGKILL, while clients write: 503 until it is back, and nothing acknowledged is lost.

`HAULBACK_KILLS` sets how often (with `-s` it tells how long each took: see benchmarks/README.md).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from rest_api import Api, served

from haulback.gateway.rest.planned import Options
from haulback.pg import binaries
from haulback.pg.cluster import Cluster, Running

pytestmark = pytest.mark.once

KILLS = int(os.environ.get("HAULBACK_KILLS", "2"))
WRITERS = 4
ENOUGH = 10  # writes of each client between two kills
PATIENCE = 60.0


@dataclass(frozen=True)
class Database:
    """What `served` wants to know of a database."""

    server: Running

    def conninfo(self, user: str = "postgres") -> str:
        return self.server.conninfo(user)


@dataclass
class Writer:
    """Inserts numbered rows, one after the other, on a connection that it keeps."""

    api: Api
    name: int
    acknowledged: list[int] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    since: float = 0.0  # when it was last acknowledged
    ended: bool = False

    def run(self) -> None:
        number = 0
        connection = self.api.connection()
        while not self.ended:
            number += 1
            body = {"writer": self.name, "number": number}
            reply = self.api.ask("POST", "/written", body, connection=connection)
            self.statuses[reply.status] = self.statuses.get(reply.status, 0) + 1
            if reply.status == 201:
                self.acknowledged.append(number)
                self.since = time.monotonic()
            else:
                assert reply.json["code"] == "PGRST001"
                assert reply.headers["retry-after"] == "1"
        connection.close()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path, "killed", binaries.embedded())
    yield cluster
    cluster.destroy()


def wait_for(writers: list[Writer], count: int) -> None:
    """Until each writer had so many more writes acknowledged."""
    wanted = [len(writer.acknowledged) + count for writer in writers]
    until = time.monotonic() + PATIENCE
    while any(len(writer.acknowledged) < least for writer, least in zip(writers, wanted, strict=True)):
        assert time.monotonic() < until, [writer.statuses for writer in writers]
        time.sleep(0.01)


def test_what_was_acknowledged_outlives_the_server(cluster: Cluster) -> None:
    database = Database(cluster.start())
    with psycopg.connect(database.conninfo(), autocommit=True) as connection:
        connection.execute("CREATE TABLE public.written (writer int, number int, PRIMARY KEY (writer, number))")
    with served(database, Options(max_rows=None)) as api:  # type: ignore[arg-type]
        writers = [Writer(api, name) for name in range(WRITERS)]
        threads = [threading.Thread(target=writer.run, daemon=True) for writer in writers]
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            wait_for(writers, ENOUGH)
            os.kill(database.server.pid, signal.SIGKILL)
            while api.ask("GET", "/health").status != 503:
                time.sleep(0.01)
            refused = api.ask("GET", "/written")
            assert (refused.status, refused.json["code"]) == (503, "PGRST001")
            database = Database(cluster.start())
            back = time.monotonic()
            wait_for(writers, 1)
            took = max(0.0, max(writer.since for writer in writers) - back)
            sys.stdout.write(f"all acknowledged again {took:.2f} s after its return\n")
        wait_for(writers, ENOUGH)
        for writer in writers:
            writer.ended = True
        for thread in threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in threads)
        for writer in writers:
            assert set(writer.statuses) == {201, 503}
            found = api.ask("GET", f"/written?select=number&writer=eq.{writer.name}").json
            assert set(writer.acknowledged) <= {row["number"] for row in found}
