"""A page of the disk is damaged: reading everything finds it, and the cluster comes back from its backup and archive.

The damage is done to a private copy of the newest backup, to the largest table of the users.
"""

from __future__ import annotations

from pathlib import Path

from haulback.app.drills import _cluster
from haulback.app.drills._scenario import Scenario, Scene
from haulback.backups import chain as chains
from haulback.backups import pitr_plan
from haulback.backups.copying import require_room
from haulback.backups.inspection import Inspection
from haulback.backups.physical_proof import read_whole
from haulback.errors import Exit, HaulbackError
from haulback.model.drill import Measured
from haulback.pg.os_user import server_user
from haulback.pg.private_server import PrivateServer
from haulback.pg.queries import queries

_SQL = queries("haulback.app.drills", "corrupt_page.sql")
_PAGE = 8192


class NothingToDamage(HaulbackError):
    template = "the backup {id} holds no table with rows"
    hint_template = "Practise with a database that holds some."
    exit_code = Exit.UNVERIFIED


def _play(scene: Scene) -> Measured:
    loss = _cluster.lose(scene)
    with _cluster.place(scene) as folder, scene.step("read everything, and find the damage"):
        found = _damaged(scene, folder).problems
    return _cluster.newest_recovered(scene, loss, problems=() if found else ("nobody noticed the damaged page",))


def _damaged(scene: Scene, folder: Path) -> Inspection:
    """A copy of the newest backup with one damaged page, and what reading it showed."""
    backup = pitr_plan.whole_backups(scene.shelf)[-1].backup
    assert backup is not None  # noqa: S101 - those without a manifest are not among them
    chain = chains.of(scene.shelf, backup, scene.key)
    require_room(folder, chain.room)
    server = PrivateServer(folder, chain.binaries, chain.physical.superuser)
    chain.make(server.data, server_user())
    server.configure(server.data, {"fsync": "off", "full_page_writes": "off"}, recover=False)
    try:
        server.start()
        with server.session(backup.database) as connection:
            row = connection.execute(_SQL["largest"]).fetchone()
        server.stop()
        if row is None:
            raise NothingToDamage(id=backup.id)
        _damage(server.data / str(row[0]))
        server.start()
        return read_whole(server, lambda _what, _done, _all: None, checksums=chain.physical.checksums)
    finally:
        _cluster.stop(server)


def _damage(file: Path) -> None:
    """Turns bits in the middle of a page's rows, as a dying disk does."""
    with file.open("r+b") as stream:
        stream.seek(_PAGE - 64)  # rows lie at the end of a page
        was = stream.read(32)
        stream.seek(_PAGE - 64)
        stream.write(bytes(one ^ 0x55 for one in was))


SCENARIO = Scenario(
    "corrupt-page",
    "a page of the disk is damaged",
    lambda goals: goals.database_lost,
    _cluster.missing,
    _play,
    (
        "haulback backup verify",
        "haulback restore pitr --to latest --keep-running",
        "haulback restore pitr --to latest --swap --confirm TARGET",
    ),
)
