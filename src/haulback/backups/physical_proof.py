"""Proves a physical backup: PostgreSQL's sums, then a start on a private copy, then everything in it is read.

pg_verifybackup proves that the files are what was written; the start proves that the backup's own log makes them one
consistent cluster; reading proves that what was written was sound.
"""

from __future__ import annotations

from dataclasses import replace

import psycopg

from haulback.backups import chain
from haulback.backups.chain import Chain
from haulback.backups.copying import require_room
from haulback.backups.engines._engine import Progress, Proving
from haulback.backups.errors import BackupDamaged
from haulback.backups.inspection import Inspection, inspect, pages_problem
from haulback.backups.scratch import scratch
from haulback.errors import HaulbackError
from haulback.model.backup import Proof, Verdict
from haulback.pg.control import ControlUnreadable
from haulback.pg.os_user import server_user
from haulback.pg.postmaster import ClusterDidNotStart
from haulback.pg.private_server import PrivateServer
from haulback.pg.server_words import failure_words

_SPARE = 256 * 1024 * 1024  # for the log that a recovery writes itself


def prove(proving: Proving) -> Proof:
    """Restores the backup on a private copy and says what that showed."""
    begun = proving.clock.monotonic()
    proof = _proved(proving)
    return replace(proof, at=proving.clock.now(), seconds=proving.clock.monotonic() - begun)


def _proved(proving: Proving) -> Proof:
    empty = Proof(proving.backup.id, Verdict.UNKNOWN, proving.clock.now(), 0.0)
    try:
        found = chain.of(proving.shelf, proving.backup, proving.key)
        problems = found.problems()
        if problems:
            return replace(empty, verdict=Verdict.BAD, problems=tuple(problems))
        seen = _on_a_copy(proving, found)
    except (BackupDamaged, ControlUnreadable, ClusterDidNotStart) as damage:
        return replace(empty, verdict=Verdict.BAD, problems=(damage.message,))
    except (HaulbackError, psycopg.Error, OSError) as failure:
        return replace(empty, problems=(failure_words(failure),))
    return replace(
        empty,
        verdict=Verdict.BAD if seen.problems else Verdict.PROVED,
        problems=tuple(seen.problems),
        detail={
            "major": proving.backup.major,
            "tables": seen.tables,
            "indexes": seen.indexes,
            "rows": sum(seen.rows.values()),
            "amcheck": seen.amcheck,
        },
    )


def _on_a_copy(proving: Proving, found: Chain) -> Inspection:
    with scratch(proving.home.absolute() / "proofs") as folder:
        require_room(folder, found.room + _SPARE)
        server = PrivateServer(folder, found.binaries, found.physical.superuser)
        total = found.room
        found.make(server.data, server_user(), lambda done: proving.progress("bytes written", done, max(done, total)))
        # It is thrown away: nothing of it need survive a crash of the machine.
        server.configure(server.data, {"fsync": "off", "full_page_writes": "off"}, recover=False)
        server.start()
        return read_whole(server, proving.progress, checksums=found.physical.checksums)


def read_whole(server: PrivateServer, progress: Progress, *, checksums: bool) -> Inspection:
    """Reads everything of a private server that runs, and leaves it stopped.

    Pages that no table or B-tree leads to are read last, by their sums, which a stopped server alone allows.
    """
    seen = inspect(server, progress)
    if server.running() is None:
        seen.problems.append("the server died while it was read")
        return seen
    server.stop()
    if checksums and (problem := pages_problem(server)):
        seen.problems.append(problem)
    return seen
