from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest

from haulback.config.policy import default_policy
from haulback.errors import Exit
from haulback.model.target import Environment, Target
from haulback.pg import binaries, postmaster
from haulback.pg.cluster import SUPERUSER, Cluster
from haulback.pg.os_user import server_user
from haulback.pg.session import ReadOnlyTarget, connect, require_primary


@pytest.fixture(scope="module")
def standby(tmp_path_factory):
    """A real one, copied from a cluster of its own; gives its socket folder and port."""
    found, owner = binaries.embedded(), server_user()
    home = tmp_path_factory.mktemp("standby")
    cluster = Cluster(home, "primary", found, durable=True, platform=False, listen=False)
    primary = cluster.start()
    # Short, since a socket's path may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="haulback-standby-"))
    owner.own(folder)
    data = folder / "data"
    try:
        subprocess.run(
            owner.command(
                [found.program("pg_basebackup"), "-D", data, "-c", "fast", "-X", "stream", "-R", "-d",
                 primary.conninfo(SUPERUSER)],
                [],
            ),
            check=True, capture_output=True, cwd="/", timeout=60, env=postmaster.environment(),
        )  # fmt: skip
        command = owner.command(
            [
                found.program("postgres"),
                "-D",
                data,
                "-c",
                f"unix_socket_directories={folder}",
                "-c",
                "archive_mode=off",
            ],
            [],
        )
        server = postmaster.launch(command, data, folder / "log", 60)
        try:
            yield {"host": str(folder), "port": str(server.port)}
        finally:
            postmaster.stop(server, data, "immediate", 30)
    finally:
        cluster.destroy()
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_a_standby_is_no_target(standby):
    target = Target(
        "prod",
        Environment.PRODUCTION,
        {**standby, "user": "postgres", "dbname": "postgres"},
        default_policy(Environment.PRODUCTION),
    )
    with connect(target) as connection, pytest.raises(ReadOnlyTarget) as failure:
        require_primary(connection, target)

    assert failure.value.exit_code == Exit.REFUSED
    assert "standby in recovery" in failure.value.message
    assert "primary" in failure.value.hint
