"""Making, starting, finding again, stopping and destroying private clusters."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from haulback.pg import binaries, processes
from haulback.pg.cluster import SUPERUSER, Cluster, ClusterMajorDiffers, Running
from haulback.pg.postmaster import ClusterDidNotStart

PROGRAM = """
import sys
from pathlib import Path
from haulback.pg import binaries
from haulback.pg.cluster import Cluster
found = binaries.for_major(int(sys.argv[2]))
print(Cluster(Path(sys.argv[1]), "one", found, platform=False, durable=False).start().pid, flush=True)
"""


def one(sql: str, running: Running, user: str = "postgres", via: str = "socket") -> object:
    with psycopg.connect(running.conninfo(user, via="tcp" if via == "tcp" else "socket")) as connection:
        row = connection.execute(sql).fetchone()
        assert row is not None
        return row[0]


@pytest.fixture(params=[18, 15])
def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cluster]:
    found = binaries.for_major(request.param)
    if found is None:
        pytest.skip(f"PostgreSQL {request.param} is not installed")
    made = Cluster(tmp_path, "one", found, platform=False)
    yield made
    made.destroy()


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 30
    while processes.is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_starting_again_finds_the_server_that_runs(cluster: Cluster) -> None:
    assert cluster.start() == cluster.start()


def test_data_and_port_outlive_a_stop(cluster: Cluster) -> None:
    first = cluster.start()
    with psycopg.connect(first.conninfo()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert cluster.stop() is True
    assert not first.socket_dir.exists()
    assert cluster.stop() is False
    assert cluster.status().running is None
    second = cluster.start()
    assert second.port == first.port
    assert one("SELECT answer FROM kept", second) == 42


def test_what_was_committed_survives_sigkill_of_the_server(cluster: Cluster) -> None:
    running = cluster.start()
    with psycopg.connect(running.conninfo()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(running.pid, signal.SIGKILL)
    wait_until_gone(running.pid)
    assert (running.data_dir / "postmaster.pid").exists()
    again = cluster.start()
    assert again.pid != running.pid
    assert one("SELECT answer FROM kept", again) == 42


def test_a_backend_that_computes_does_not_keep_a_killed_server_from_starting(cluster: Cluster) -> None:
    running = cluster.start()
    client = psycopg.connect(running.conninfo())
    backend = client.info.backend_pid
    client.pgconn.send_query(b"DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$")
    os.kill(running.pid, signal.SIGKILL)
    wait_until_gone(running.pid)
    assert one("SELECT 1", cluster.start()) == 1
    assert not processes.is_alive(backend)
    client.close()


def test_a_pid_file_that_names_somebody_elses_process_is_not_believed(cluster: Cluster) -> None:
    running = cluster.start()
    os.kill(running.pid, signal.SIGKILL)
    wait_until_gone(running.pid)
    pid_file = running.data_dir / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
    assert one("SELECT 1", cluster.start()) == 1


def test_a_half_made_cluster_is_made_again(cluster: Cluster) -> None:
    folder = cluster.folder
    unfinished = folder.path / "making-before"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    assert one("SELECT 1", cluster.start()) == 1
    assert not unfinished.exists()


def test_a_taken_port_is_chosen_again(cluster: Cluster) -> None:
    first = cluster.start()
    cluster.stop()
    with socket.create_server(("127.0.0.1", first.port)):
        second = cluster.start()
    assert second.port != first.port
    assert one("SELECT 1", second, via="tcp") == 1


def test_tcp_needs_the_password_and_the_socket_is_private(cluster: Cluster) -> None:
    running = cluster.start()
    assert one("SELECT current_user::text", running, via="tcp") == "postgres"
    assert oct(running.socket_dir.stat().st_mode & 0o777) == "0o700"
    assert oct(running.passfile.stat().st_mode & 0o777) == "0o600"
    password = running.passfile.read_text().strip().rpartition(":")[2]
    assert password not in running.conninfo(via="tcp") + running.url(via="tcp")
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(f"host=127.0.0.1 port={running.port} user=postgres dbname=postgres passfile=/dev/null")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"host=127.0.0.1 port={running.port} user=postgres dbname=postgres password=wrong")


def test_the_deploying_role_is_no_superuser_and_owns_the_database(cluster: Cluster) -> None:
    running = cluster.start()
    assert one("SELECT rolsuper FROM pg_roles WHERE rolname = 'postgres'", running) is False
    owner = "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()"
    assert one(owner, running) == "postgres"
    assert one("SELECT rolsuper FROM pg_roles WHERE rolname = current_user", running, SUPERUSER) is True


def test_a_durable_cluster_archives_a_segment_whole(cluster: Cluster) -> None:
    running = cluster.start()
    assert one("SHOW wal_level", running) == "logical"
    segment = one("SELECT pg_walfile_name(pg_current_wal_lsn())", running)
    one("SELECT pg_switch_wal()::text", running, SUPERUSER)
    deadline = time.monotonic() + 30
    while not (cluster.folder.archive / str(segment)).exists():
        assert time.monotonic() < deadline, cluster.folder.log.read_text()
        time.sleep(0.02)
    assert (cluster.folder.archive / str(segment)).stat().st_size == 16 * 1024 * 1024
    assert one("SELECT failed_count FROM pg_stat_archiver", running) == 0


def test_the_age_of_a_segment_counts_from_the_start(cluster: Cluster) -> None:
    """A checkpointer that nobody wakes heeds archive_timeout only after checkpoint_timeout: an hour here."""
    running = cluster.start()
    with psycopg.connect(running.conninfo(SUPERUSER), autocommit=True) as connection:
        connection.execute("alter system set archive_timeout = 1")
        connection.execute("alter system set checkpoint_timeout = '1h'")
    cluster.stop()
    running = cluster.start()
    before = len(list(cluster.folder.archive.iterdir()))
    with psycopg.connect(running.conninfo(), autocommit=True) as connection:
        connection.execute("create table public.written ()")
    deadline = time.monotonic() + 60
    while len(list(cluster.folder.archive.iterdir())) == before:
        assert time.monotonic() < deadline, "nothing was archived for its age"
        time.sleep(0.1)


def test_two_clusters_live_side_by_side(cluster: Cluster, tmp_path: Path) -> None:
    first = cluster.start()
    found = binaries.embedded()
    other = Cluster(tmp_path, "shadow", found, platform=False, durable=False, database="app", listen=False)
    try:
        second = other.start()
        assert one("SELECT current_database()::text", second) == "app"
        assert one("SHOW fsync", second) == "off"
        assert one("SHOW listen_addresses", second) == ""
        assert one("SELECT current_database()::text", first) == "postgres"
    finally:
        other.destroy()
    assert not second.data_dir.exists()
    assert not second.socket_dir.exists()
    assert one("SELECT 1", first) == 1


def test_processes_that_start_the_same_cluster_at_once_get_the_same_server(cluster: Cluster, tmp_path: Path) -> None:
    major = str(cluster._binaries.major)
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), major]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    pids = {process.communicate(timeout=60)[0].strip() for process in started}
    running = cluster.status().running
    assert running is not None
    assert pids == {str(running.pid)}


@pytest.mark.parametrize("file", ["making-*/PG_VERSION", "data/postmaster.pid", "pgpass"])
def test_starting_after_we_were_killed_while_making_it_converges(cluster: Cluster, tmp_path: Path, file: str) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), str(cluster._binaries.major)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        deadline = time.monotonic() + 30
        while not any(cluster.folder.path.glob(file)) and process.poll() is None:
            assert time.monotonic() < deadline
        process.kill()
    running = cluster.start()
    assert one("SELECT rolname::text FROM pg_roles WHERE rolname = 'postgres'", running) == "postgres"
    state = cluster.status().state
    assert state is not None
    assert state.ready


def test_a_second_shadow_begins_as_a_copy_of_the_first(tmp_path: Path) -> None:
    shadows = [
        Cluster(tmp_path, name, binaries.embedded(), durable=False, database=name, listen=False)
        for name in ("first", "second")
    ]
    try:
        servers = [shadow.start() for shadow in shadows]
        sysids = {one("SELECT system_identifier FROM pg_control_system()", server, SUPERUSER) for server in servers}
        assert len(sysids) == 1
        assert [one("SELECT current_database()::text", server) for server in servers] == ["first", "second"]
        with psycopg.connect(servers[0].conninfo()) as connection:
            connection.execute("CREATE TABLE only_here (id int)")
        assert one("SELECT to_regclass('public.only_here')::text", servers[1]) is None
        assert one("SELECT to_regclass('auth.users')::text", servers[1]) == "auth.users"
        assert shadows[0].folder.passfile.read_text() != shadows[1].folder.passfile.read_text()
    finally:
        for shadow in shadows:
            shadow.destroy()


def test_a_broken_template_costs_time_only(tmp_path: Path) -> None:
    first = Cluster(tmp_path, "first", binaries.embedded(), durable=False, platform=False, listen=False)
    first.start()
    first.destroy()
    (template,) = (tmp_path / "templates").iterdir()
    (template / "global" / "pg_control").unlink()
    (template / "PG_VERSION").unlink()
    second = Cluster(tmp_path, "second", binaries.embedded(), durable=False, platform=False, listen=False)
    try:
        assert one("SELECT 1", second.start()) == 1
    finally:
        second.destroy()


def test_binaries_of_another_major_are_refused(cluster: Cluster, tmp_path: Path) -> None:
    cluster.start()
    cluster.stop()
    other = next((b for b in binaries.find() if b.major != cluster._binaries.major), None)
    if other is None:
        pytest.skip("only one major version is installed")
    with pytest.raises(ClusterMajorDiffers, match=f"PostgreSQL {cluster._binaries.major}"):
        Cluster(tmp_path, "one", other, platform=False).start()


def test_a_server_that_cannot_start_says_why(cluster: Cluster) -> None:
    running = cluster.start()
    cluster.stop()
    with (running.data_dir / "postgresql.auto.conf").open("a") as file:
        file.write("shared_buffers = 'plenty'\n")
    with pytest.raises(ClusterDidNotStart, match="shared_buffers"):
        cluster.start()
