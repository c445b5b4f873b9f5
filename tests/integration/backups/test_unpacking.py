"""A backup of a cluster becomes a data folder again, without its server and without an archive of the log."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import sql
from recovery_ground import Ground, ground, one

from haulback.app import unpacking
from haulback.backups.cluster_errors import FolderTaken, NoDataFolder
from haulback.backups.errors import BackupDamaged, KeyMissing
from haulback.deploy.progress import Silent
from haulback.errors import UsageError
from haulback.model.backup import BackupKind
from haulback.pg import binaries
from haulback.pg.os_user import server_user
from haulback.pg.private_server import PrivateServer


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    for it in ground(tmp_path_factory.mktemp("unpacked"), binaries.embedded()):
        it.summarize()
        it.write(2)
        it.back_up()
        it.write(1)
        yield it


def keyed(life: Ground, key: str | None) -> Ground:
    """With a key that came later than the first backup, which is in the clear."""
    backups = replace(life.settings.backups, key=key, accept_clear=True)
    return replace(life, settings=replace(life.settings, backups=backups))


def unpacked(life: Ground, id_: str, into: Path) -> unpacking.Unpacked:
    return unpacking.unpack(life.settings, life.target, id_, into, Silent())


@pytest.mark.parametrize("key", ["ab" * 32, None], ids=["packed", "plain"])
def test_a_server_starts_on_it(life: Ground, tmp_path: Path, key: str | None) -> None:
    gone = keyed(life, key).with_archive(tmp_path / "no archive")
    backup = keyed(life, key).back_up(BackupKind.INCREMENTAL)
    life.write(1)
    found = unpacked(gone, backup.id, tmp_path / "place" / "data")
    assert (found.spaces, sorted(path.name for path in (tmp_path / "place").iterdir())) == (None, ["data"])
    server = PrivateServer(tmp_path / "place", binaries.embedded(), "supabase_admin")
    server.configure(server.data, {}, recover=False)
    server.start()
    try:
        with server.session("postgres") as connection:
            assert one(connection, "select count(*) from oracle") == max(life.noted) - 1
    finally:
        server.remove()


def test_it_starts_by_the_command_that_is_told(life: Ground, tmp_path: Path) -> None:
    """With settings of a server whose socket's folder is elsewhere, and whose archive must not get a second history."""
    backup = life.back_up()
    found = unpacked(life, backup.id, tmp_path / "a 'place'" / "data")
    with (found.folder / "postgresql.auto.conf").open("a") as stream:
        stream.write("unix_socket_directories = '/nobody/has/this'\n")
    begin = [*shlex.split(found.start), "-w", "-t", "60", "-l", "log"]
    end = [begin[0], "-D", str(found.folder), "-m", "fast", "stop"]
    subprocess.run(server_user().command(begin, [found.folder]), check=True, cwd=found.folder, timeout=90)
    try:
        assert "archive_mode=off" in (found.folder / "postmaster.opts").read_text()
    finally:
        subprocess.run(server_user().command(end, [found.folder]), check=True, timeout=90)


def test_what_is_there_stays(life: Ground, tmp_path: Path) -> None:
    (backup, *_) = life.shelf.all()
    (tmp_path / "tablespaces").mkdir()
    (tmp_path / "tablespaces" / "theirs").touch()
    for into in (tmp_path / "data", tmp_path / "tablespaces"):
        with pytest.raises(FolderTaken):
            unpacked(life, backup.id, into)
    assert [path.name for path in tmp_path.rglob("*")] == ["tablespaces", "theirs"]


def test_what_cannot_be_unpacked_leaves_nothing(life: Ground, tmp_path: Path) -> None:
    backup = keyed(life, "ab" * 32).back_up()
    with pytest.raises(KeyMissing):
        unpacked(life, backup.id, tmp_path / "data")
    path = life.store / backup.id / backup.files[0].name
    held = bytearray(path.read_bytes())
    held[len(held) // 2] ^= 1
    path.write_bytes(held)
    with pytest.raises(BackupDamaged):
        unpacked(keyed(life, "ab" * 32), backup.id, tmp_path / "data")
    life.shelf.remove(backup.id)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_of_tables_has_no_data_folder(life: Ground, tmp_path: Path) -> None:
    backup = life.back_up(BackupKind.TABLE, tables=("public.oracle",))
    with pytest.raises(NoDataFolder):
        unpacked(life, backup.id, tmp_path / "data")


def test_what_lies_beside_it_stays(life: Ground, tmp_path: Path) -> None:
    backup = life.back_up(BackupKind.INCREMENTAL)
    theirs = [tmp_path / name / "theirs" for name in ("data.links", "data.making", ".data.unfinished")]
    for one_of_them in theirs:
        one_of_them.parent.mkdir()
        one_of_them.touch()
    unpacked(life, backup.id, tmp_path / "data")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["data", *(one.parent.name for one in theirs)])
    assert all(one.exists() for one in theirs)


@pytest.mark.parametrize("kind", [BackupKind.PHYSICAL, BackupKind.INCREMENTAL])
def test_it_has_no_name_before_it_is_whole(life: Ground, tmp_path: Path, kind: BackupKind) -> None:
    """A server would start on a half of it: pg_control comes before the log."""
    backup = life.back_up(kind)
    named = []

    class Interrupting(Silent):
        def part(self, _step: str, _what: str, done: int, total: int) -> None:
            named.append((tmp_path / "data").exists())
            if done > total // 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpacking.unpack(life.settings, life.target, backup.id, tmp_path / "data", Interrupting())
    assert (set(named), list(tmp_path.iterdir())) == ({False}, [])


def test_two_that_unpack_into_one_folder(life: Ground, tmp_path: Path) -> None:
    """The one that is first has it, and loses nothing to the other."""
    backup = life.back_up()

    class Overtaken(Silent):
        def part(self, *_: object) -> None:
            if not (tmp_path / "data").exists():
                unpacked(life, backup.id, tmp_path / "data")

    with pytest.raises(FolderTaken):
        unpacking.unpack(life.settings, life.target, backup.id, tmp_path / "data", Overtaken())
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert (tmp_path / "data" / "global" / "pg_control").exists()


def test_tablespaces_lie_beside_it(tmp_path: Path) -> None:
    for life in ground(tmp_path / "ground", binaries.embedded()):
        place = life.cluster.folder.path / "far"
        place.mkdir(mode=0o700)
        server_user().own(place)
        with life.connect() as connection:
            connection.execute(sql.SQL("create tablespace far location {}").format(sql.Literal(str(place))))
            connection.execute("create table far tablespace far as select g as n from generate_series(1, 1000) as g")
        backup = life.back_up()
        with pytest.raises(UsageError, match="tablespaces"):
            unpacked(life, backup.id, tmp_path / "out" / "tablespaces")
        found = unpacked(life, backup.id, tmp_path / "out" / "data")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["data", "tablespaces"]
    server = PrivateServer(tmp_path / "out", binaries.embedded(), "supabase_admin")
    server.configure(server.data, {}, recover=False)
    server.start()
    try:
        with server.session("postgres") as connection:
            assert one(connection, "select sum(n) from far") == 500500
        assert found.spaces == tmp_path / "out" / "tablespaces"
    finally:
        server.remove()
