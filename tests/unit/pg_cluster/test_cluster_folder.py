from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from haulback.pg import cluster_folder
from haulback.pg.cluster_folder import ClusterFolder, State
from haulback.pg.os_user import OsUser

ME = OsUser("me", os.geteuid(), os.getegid(), switch=False)


def test_state_outlives_the_process_and_rubbish_is_no_state(tmp_path: Path) -> None:
    folder = ClusterFolder(tmp_path, "one")
    folder.make(ME)
    assert folder.read() is None
    state = State(18, 5432, "/tmp/x", "postgres", ready=True)
    folder.write(state)
    assert ClusterFolder(tmp_path, "one").read() == state
    (folder.path / "state.json").write_text('{"major": 18')
    assert folder.read() is None


def test_the_password_is_made_once_and_is_private(tmp_path: Path) -> None:
    folder = ClusterFolder(tmp_path, "one")
    folder.make(ME)
    assert folder.password() == ClusterFolder(tmp_path, "one").password()
    assert len(folder.password()) >= 24
    assert folder.passfile.stat().st_mode & 0o777 == 0o600


def test_a_socket_fits_however_deep_the_data_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    made = cluster_folder.socket_folder(deep / "data", ME)
    try:
        assert len(str(made / ".s.PGSQL.65535.lock").encode()) <= 107
        assert made.stat().st_mode & 0o777 == 0o700
        assert cluster_folder.socket_folder(deep / "data", ME) == made
    finally:
        made.rmdir()


def test_a_folder_that_is_not_private_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_folder, "_LONGEST_ROOT", 1000)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    first = cluster_folder.socket_folder(tmp_path / "data", ME)
    first.chmod(0o755)
    second = cluster_folder.socket_folder(tmp_path / "data", ME)
    assert second != first
    second.rmdir()
    second.symlink_to(tmp_path)
    assert cluster_folder.socket_folder(tmp_path / "data", ME) not in {first, second}


def test_a_wanted_port_is_kept_unless_it_is_taken() -> None:
    port = cluster_folder.free_port(None)
    assert cluster_folder.free_port(port) == port
    with socket.create_server(("127.0.0.1", port)):
        assert cluster_folder.free_port(port) != port
