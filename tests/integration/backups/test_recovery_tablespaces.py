"""No recovery and no proof writes into the tablespaces of the server that runs on the same machine."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import sql
from recovery_ground import Ground, ground

from haulback.app import backing_up, recovering
from haulback.backups.aiming import aim_of
from haulback.backups.cluster_errors import ServerFailed, TablespaceSince
from haulback.clock import SystemClock
from haulback.deploy.progress import Silent
from haulback.model.aim import Aim
from haulback.model.backup import BackupKind
from haulback.pg import binaries
from haulback.pg.os_user import server_user


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Ground]:
    for it in ground(tmp_path / "life", binaries.embedded()):
        it.write(1)
        yield it


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a path that fits into a link of pg_basebackup's archives, of at most a hundred bytes."""
    with tempfile.TemporaryDirectory(prefix="haulback-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def make_space(life: Ground, place: Path) -> Path:
    name = place.name
    place.mkdir(mode=0o700)
    server_user().own(place)
    with life.connect() as connection:
        connection.execute(
            sql.SQL("create tablespace {} location {}").format(sql.Identifier(name), sql.Literal(str(place)))
        )
    return place


def sums(place: Path) -> dict[Path, str]:
    return {one: hashlib.sha256(one.read_bytes()).hexdigest() for one in place.rglob("*") if one.is_file()}


def planned(life: Ground, aim: Aim, chosen: str = "") -> str:
    return recovering.plan(life.settings, life.target, recovering.Request(aim, chosen), SystemClock()).backup.id


def test_a_tablespace_that_was_made_since_is_not_recovered_into_its_place(life: Ground, short: Path) -> None:
    first = life.back_up()
    before = life.write(1)
    place = make_space(life, short / "since")
    with life.connect() as connection:
        connection.execute("create table far tablespace since as select g as n from generate_series(1, 1000) as g")
    after = life.write(1)
    with life.connect() as connection:
        connection.execute("insert into far select g from generate_series(1, 50000) as g")
        connection.execute("checkpoint")
    held = sums(place)
    noted = life.noted[after]
    for aim in (
        aim_of(None, None, noted.xid, None), aim_of(None, noted.lsn, None, None), aim_of(None, None, None, noted.name),
        aim_of(noted.at, None, None, None), aim_of("latest", None, None, None),
    ):  # fmt: skip
        with pytest.raises(TablespaceSince, match=first.id):
            planned(life, aim)
    assert life.recover(aim_of(None, None, life.noted[before].xid, None)) == [1, before]
    second = life.back_up()
    last = life.write(1)
    assert planned(life, aim_of("latest", None, None, None)) == second.id
    assert life.recover(aim_of("latest", None, None, None))[-1] == last
    assert sums(place) == held


@pytest.mark.parametrize("key", ["ab" * 32, None], ids=["packed", "plain"])
def test_a_tablespace_that_is_made_while_a_backup_is_taken_leaves_none(
    life: Ground, short: Path, key: str | None
) -> None:
    class Making(Silent):
        def part(self, _step: str, _text: str, _done: int, total: int) -> None:
            # The server tells a total once its list of tablespaces stands; before that the new one would be in it.
            if total and not (short / "meanwhile").exists():
                make_space(life, short / "meanwhile")

    settings = replace(life.settings, backups=replace(life.settings.backups, key=key))
    with pytest.raises(ServerFailed, match="tablespaces were made or dropped meanwhile"):
        backing_up.take(settings, life.target, backing_up.Request(BackupKind.PHYSICAL), Making())
    assert life.shelf.all() == ()
