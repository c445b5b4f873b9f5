"""Poolers and standbys in front of and behind the test servers."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from haulback.config.policy import default_policy
from haulback.model.target import Environment, Target
from haulback.pg.os_user import server_user


def target_at(password: str | None = None, **parameters: object) -> Target:
    texts = {key: str(value) for key, value in parameters.items()}
    return Target("prod", Environment.PRODUCTION, texts, default_policy(Environment.PRODUCTION), password=password)


@pytest.fixture
def target(database) -> Target:
    """The fresh database over its socket."""
    return target_at(host=database.server.socket_dir, port=database.server.port, user="postgres", dbname=database.name)


@pytest.fixture
def over_tcp(database) -> Target:
    """The same over TCP, where the server asks for a password; it is read from the server's pgpass file."""
    password = database.server.passfile.read_text().splitlines()[0].rsplit(":", 1)[1]
    return target_at(password, host="127.0.0.1", port=database.server.port, user="postgres", dbname=database.name)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def pooled(database, tmp_path_factory):
    """Gives a target behind a PgBouncer of the wanted mode and size."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("pgbouncer is not installed (apt-get install pgbouncer)")
        pytest.skip("pgbouncer is not installed (apt-get install pgbouncer)")

    @contextmanager
    def serve(mode: str, size: int = 5) -> Iterator[Target]:
        owner, folder, port = server_user(), tmp_path_factory.mktemp("pooler"), free_port()
        server = database.server
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n{database.name} = host={server.socket_dir} port={server.port} user=postgres\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            f"pool_mode = {mode}\ndefault_pool_size = {size}\nquery_wait_timeout = 60\nserver_login_retry = 1\n"
        )
        settings.chmod(0o644)
        for above in (folder, *folder.parents):
            if above.stat().st_uid == os.geteuid() and above != Path("/"):
                above.chmod(above.stat().st_mode | 0o011)  # the pooler runs as somebody else
        command = owner.command([program, settings], [])
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        where = {"host": "127.0.0.1", "port": port, "user": "postgres", "dbname": database.name}
        try:
            deadline = time.monotonic() + 20
            while True:
                try:
                    psycopg.connect(**where, connect_timeout=5).close()
                    break
                except psycopg.OperationalError:
                    assert time.monotonic() < deadline, "the pooler does not answer"
                    time.sleep(0.05)
            yield target_at(**where)
        finally:
            process.terminate()
            process.wait(10)

    return serve
