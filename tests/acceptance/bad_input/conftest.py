"""The command as a process against a real server, and the target's schema before and after."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from haulback.pg import binaries, postmaster
from haulback.pg.cluster import SUPERUSER, Cluster, Running

PASSWORD = "s3cret-9zQ7"  # in every environment; a real one is appended where a login needs it


@dataclass(frozen=True)
class Ended:
    exit: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.stdout.splitlines()[-1]))


@dataclass(frozen=True)
class BadProject:
    """A folder with one good migration, and the database that its commands mean."""

    folder: Path
    server: Running
    database: str

    @property
    def url(self) -> str:
        return self.server.url(database=self.database)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "haulback", *arguments],
            cwd=self.folder,
            env={**os.environ, "DATABASE_URL": self.url, "DB_PASSWORD": PASSWORD, "NO_COLOR": "1", **(environment or {})},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        return Ended(done.returncode, done.stdout, done.stderr)

    def refused(
        self, *arguments: str, code: str, status: int, told: str, environment: Mapping[str, str] | None = None
    ) -> Ended:
        """Runs the command with --json, and holds it to all that a refusal promises."""
        before = self.schema()
        ended = self.run(*arguments, "--json", environment=environment)
        assert ended.exit == status, ended.stderr
        document = ended.document
        assert (document["schema"], document["ok"], document["exit"], document["error"]) == (
            "haulback/1", False, status, code,
        )  # fmt: skip
        lines = [line for line in ended.stderr.splitlines() if not line.startswith("  note:")]
        assert lines[-2] == f"haulback: {document['message']}"
        assert lines[-1] == f"hint: {document['hint']}"
        assert told in document["message"]
        for text in (ended.stdout, ended.stderr):
            assert PASSWORD not in text
            assert "Traceback" not in text
        assert self.schema() == before
        return ended

    def schema(self) -> str:
        """The text of the target's schema, our own schemas left out."""
        found = binaries.embedded()
        return subprocess.run(
            [found.program("pg_dump"), "--schema-only", "--restrict-key=haulback", "-N", "haulback",
             "-N", "haulback_attic", "-d", self.server.conninfo(SUPERUSER, self.database)],
            capture_output=True, text=True, check=True, env=postmaster.environment(), timeout=60,
        ).stdout  # fmt: skip


@pytest.fixture(scope="session")
def bad_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    cluster = Cluster(tmp_path_factory.mktemp("bad"), "main", binaries.embedded())
    running = cluster.start()
    try:
        with psycopg.connect(running.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
            connection.execute(
                "create database bad_template template postgres owner postgres"
                " strategy file_copy allow_connections false is_template true"
            )
        yield running
    finally:
        cluster.destroy()


@pytest.fixture
def project(bad_server: Running, tmp_path: Path) -> Iterator[BadProject]:
    name = f"bad_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(bad_server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
        connection.execute(f"create database {name} template bad_template owner postgres strategy file_copy")
        made = BadProject(tmp_path, bad_server, name)
        made.write("supabase/migrations/20240101000000_good.sql", "create table public.good (id int primary key);\n")
        yield made
        connection.execute(f"drop database if exists {name} with (force)")
