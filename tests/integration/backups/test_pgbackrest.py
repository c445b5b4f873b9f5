"""pgBackRest takes the backup; a restore proves it, since its own `verify` calls good what cannot be restored."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from recovery_ground import Ground, ground, one

from haulback.backups.cluster_errors import PgBackRestFailed
from haulback.model.backup import Verdict
from haulback.pg import binaries
from haulback.pg.os_user import server_user


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the server's OS user gets through to, as one for a repository is."""
    folder = Path(tempfile.mkdtemp(prefix="haulback-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stanza(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    """PostgreSQL 15 with a repository in a folder, and two rows in a backup."""
    found = binaries.for_major(15)
    if found is None or shutil.which("pgbackrest") is None:
        reason = "PostgreSQL 15 and pgBackRest are not installed (apt-get install postgresql pgbackrest)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    for it in ground(place / "site", found):
        _configure(it, place / "rest")
        monkeypatch.setenv("PGBACKREST_CONFIG", str(place / "rest" / "pgbackrest.conf"))
        monkeypatch.setenv("PGBACKREST_STANZA", "main")
        _rest(place, "stanza-create")
        with it.connect() as connection:
            command = f"pgbackrest --config={place}/rest/pgbackrest.conf --stanza=main archive-push %p"
            connection.execute(f"alter system set archive_command = '{command}'")
            connection.execute("select pg_reload_conf()")
        it.write(2)
        yield it


def _configure(it: Ground, folder: Path) -> None:
    folder.mkdir()
    for name in ("repo", "log", "lock", "spool"):
        (folder / name).mkdir()
        server_user().own(folder / name)
    running = it.running
    (folder / "pgbackrest.conf").write_text(
        f"[global]\nrepo1-path={folder}/repo\nlog-path={folder}/log\nlock-path={folder}/lock\nspool-path={folder}/spool\n"
        f"compress-type=none\nstart-fast=y\n[main]\npg1-path={running.data_dir}\npg1-socket-path={running.socket_dir}\n"
        f"pg1-port={running.port}\npg1-user=supabase_admin\npg1-database=postgres\n"
    )
    (folder / "pgbackrest.conf").chmod(0o644)


def _rest(place: Path, *arguments: str) -> int:
    config = f"--config={place}/rest/pgbackrest.conf"
    told = server_user().command(["pgbackrest", config, "--stanza=main", *arguments])
    return subprocess.run(told, check=False, cwd="/", capture_output=True).returncode


def test_proved_by_a_restore_and_bad_without_its_own_log(stanza: Ground, place: Path) -> None:
    backup = stanza.back_up(engine="pgbackrest")
    assert backup.detail["engine"] == "pgbackrest"
    with stanza.connect() as connection:
        assert backup.system == one(connection, "select system_identifier::text from pg_control_system()")
    proof = stanza.prove(backup)
    assert (proof.verdict, proof.problems) == (Verdict.PROVED, ())
    assert proof.detail["rows"] == 2
    needed = str(backup.detail["start_wal"])
    for path in (place / "rest" / "repo" / "archive").rglob(f"{needed}*"):
        path.unlink()
    assert _rest(place, "verify") == 0, "its own verify sees nothing"
    assert stanza.prove(backup).verdict is Verdict.BAD


def test_a_repository_that_is_away(stanza: Ground, place: Path) -> None:
    (place / "rest" / "repo").rename(place / "rest" / "away")
    with pytest.raises(PgBackRestFailed):
        stanza.back_up(engine="pgbackrest")
    assert not stanza.shelf.all()
