"""Where the seed's way of recovering does not do what it means, and ours does. The rows are those of its list."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from recovery_ground import Ground, ground, one

from haulback.app import archiving, recovering, swapping_in
from haulback.backups import chain, wal
from haulback.backups.aiming import aim_of
from haulback.backups.chain import Chain
from haulback.backups.cluster_errors import ArchiveNotProved, LogBroken, NotInTheLog, OtherArchiveCommand, RestartNeeded
from haulback.deploy.progress import Silent
from haulback.model.aim import Aim
from haulback.pg import binaries, postmaster
from haulback.pg.os_user import server_user
from haulback.pg.postmaster import ClusterDidNotStart
from haulback.pg.private_server import PrivateServer


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Rows, a backup of a server whose settings ALTER SYSTEM changed, and rows in three segments."""
    for it in ground(tmp_path_factory.mktemp("traps"), binaries.embedded()):
        with it.connect() as connection:
            connection.execute("alter system set archive_timeout = '55s'")
        it.write(3)
        it.back_up()
        for _ in range(3):
            it.write(2)
            it.switch()
        (it.running.data_dir / "base" / "written-after-the-backup").write_text("")
        yield it


def chain_of(history: Ground) -> Chain:
    backup = history.shelf.all()[0].backup
    assert backup is not None
    return chain.of(history.shelf, backup)


def by_hand(history: Ground, folder: Path, settings: dict[str, str], *, signal: bool) -> PrivateServer:
    """A copy of the backup with recovery settings as a person would write them."""
    found = chain_of(history)
    folder.mkdir(mode=0o711)
    server = PrivateServer(folder, found.binaries, found.physical.superuser)
    found.make(server.data, server_user())
    given = {"restore_command": f"cp {history.archive}/%f %p", **settings}
    server.configure(server.data, given, recover=signal)
    return server


def rows(server: PrivateServer) -> list[int]:
    with server.session("postgres") as connection:
        return [n for (n,) in connection.execute("select n from oracle order by n")]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / secrets.token_hex(4)
    yield place
    running = postmaster.read(place / "data")
    if running:
        postmaster.stop(running, place / "data", "immediate", 30)


def after(history: Ground, row: int) -> Aim:
    return aim_of(None, None, history.noted[row].xid, None)


def test_recovery_conf(history: Ground, folder: Path) -> None:
    server = by_hand(history, folder, {}, signal=False)
    (server.data / "recovery.conf").write_text("restore_command = 'cp x y'\n")
    server_user().own(server.data / "recovery.conf")
    with pytest.raises(ClusterDidNotStart, match=r"recovery\.conf"):
        server.start((history.archive,))
    assert history.recover(after(history, 5)) == [1, 2, 3, 4, 5]


def test_no_recovery_signal(history: Ground, folder: Path) -> None:
    settings = {"recovery_target_xid": history.noted[7].xid, "recovery_target_action": "promote"}
    server = by_hand(history, folder, settings, signal=False)
    server.start((history.archive,))
    assert rows(server) == [1, 2, 3], "the target was ignored without a word"
    assert history.recover(after(history, 7)) == list(range(1, 8))


def test_the_last_segment_is_missing_and_no_target_is_set(history: Ground, folder: Path, tmp_path: Path) -> None:
    poorer = tmp_path / "poorer"
    poorer.mkdir(mode=0o755)
    gone = wal.read(history.archive).name(1, _segment(history, 8))
    for path in history.archive.iterdir():
        if path.name < gone:
            (poorer / path.name).write_bytes(path.read_bytes())
            server_user().own(poorer / path.name)
    server = by_hand(history, folder, {"restore_command": f"cp {poorer}/%f %p"}, signal=True)
    server.start((poorer,))
    assert rows(server) == list(range(1, 8)), "it serves, and two rows are lost without a word"
    with pytest.raises((NotInTheLog, LogBroken)):
        history.with_archive(poorer).recover(after(history, 8))


def _segment(history: Ground, row: int) -> int:
    place = int(history.noted[row].lsn.split("/")[1], 16)
    return place // wal.read(history.archive).segment_size


def test_a_restored_clone_keeps_nothing_of_the_original(history: Ground) -> None:
    with history.connect() as connection:
        assert one(connection, "show archive_mode") == "on"
    before = {path.name for path in history.archive.iterdir()}
    request = recovering.Request(after(history, 5), keep_running=True)
    found = recovering.recover(history.settings, history.target, request, Silent())
    try:
        with psycopg.connect(found.conninfo, autocommit=True) as connection:
            shown = {
                name: one(connection, f"show {name}")
                for name in ("archive_mode", "listen_addresses", "archive_timeout")
            }
            connection.execute("create table mine as select 1")
            connection.execute("select pg_switch_wal()")
            connection.execute("checkpoint")
        assert shown == {"archive_mode": "off", "listen_addresses": "", "archive_timeout": "0"}
        assert (found.folder / "postgresql.auto.conf").read_text() == ""
        # The running server was asked for a segment; a history or a segment of another timeline nobody wrote.
        assert not {
            name for name in {path.name for path in history.archive.iterdir()} - before if name[:8] != "00000001"
        }
    finally:
        swapping_in.discard(history.settings, history.target, found.restore.id)


def test_nothing_of_the_old_folder_is_mixed_in(history: Ground) -> None:
    found = recovering.recover(history.settings, history.target, recovering.Request(after(history, 6)), Silent())
    assert (history.running.data_dir / "base" / "written-after-the-backup").exists()
    assert not (found.folder / "base" / "written-after-the-backup").exists()
    assert found.folder.stat().st_mode & 0o777 == 0o700
    swapping_in.discard(history.settings, history.target, found.restore.id)


@pytest.mark.parametrize("major", [18, 15])
def test_alter_system_and_a_reload_archive_nothing(tmp_path: Path, major: int) -> None:
    found = binaries.for_major(major)
    if found is None:
        pytest.skip(f"PostgreSQL {major} is not installed")
    for it in ground(tmp_path, found):
        _as_it_comes(it)
        status = archiving.status(it.settings, it.target)
        assert any("archive_mode is off" in one for one in status.warnings)
        with pytest.raises(RestartNeeded):
            archiving.set_up(it.settings, it.target, Silent())
        with it.connect() as connection:
            connection.execute("select pg_switch_wal()")
        time.sleep(0.3)
        assert not list(it.archive.iterdir()), "the reload said yes, and nothing is archived"
        with pytest.raises(RestartNeeded):
            archiving.set_up(it.settings, it.target, Silent())
        _restart(it)
        name = archiving.set_up(it.settings, it.target, Silent())
        assert (it.archive / name).stat().st_size == 16 * 1024 * 1024
        with it.connect() as connection:
            assert one(connection, "show archive_timeout") == "1min"
        assert not [one for one in archiving.status(it.settings, it.target).warnings if "archive" in one]


def test_an_archive_that_cannot_be_written_is_not_called_set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving, "_PROVE_SECONDS", 3.0)
    for it in ground(tmp_path, binaries.embedded()):
        away = tmp_path / "away" / "archive"
        target = replace(it.target, archive=str(away))
        with pytest.raises(OtherArchiveCommand):
            archiving.set_up(it.settings, target, Silent())
        with pytest.raises(ArchiveNotProved):
            archiving.set_up(it.settings, target, Silent(), replace=True)


def _as_it_comes(it: Ground) -> None:
    """A server as a package leaves it: nothing is archived."""
    with it.connect() as connection:
        for setting in ("archive_mode = off", "archive_command = ''", "archive_timeout = 0", "wal_level = minimal",
                        "max_wal_senders = 0"):  # fmt: skip
            connection.execute(f"alter system set {setting}")
    _restart(it)
    for path in it.archive.iterdir():
        path.unlink()
    with it.connect() as connection:
        connection.execute("alter system reset max_wal_senders")


def _restart(it: Ground) -> None:
    it.cluster.stop()
    it.running = it.cluster.start()
    it.target = replace(it.target, parameters={**it.target.parameters, "port": str(it.running.port)})
