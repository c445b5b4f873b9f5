"""What a server says of itself before a backup of its cluster begins, and what rules that out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from haulback.backups.cluster_errors import MayNotReplicate, ServerFailed
from haulback.backups.engines._engine import Taking
from haulback.pg.queries import queries

_SQL = queries("haulback.backups", "sql/physical.sql")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is noted of a server.

    Attributes:
        began_at: by the server's clock.
        superuser: the bootstrap superuser.
        tablespaces: OIDs of those beside the two that every cluster has.
        summarizes: whether it keeps what an incremental backup goes by.
        segment_size: bytes of a segment of the log.
        checksums: whether its pages bear sums.
    """

    version: int
    database: str
    began_at: datetime
    superuser: str
    tablespaces: tuple[int, ...]
    summarizes: bool
    segment_size: int
    checksums: bool

    @property
    def major(self) -> int:
        return self.version // 10000


def facts(taking: Taking) -> Facts:
    """Asks the server, and refuses what cannot be backed up this way.

    Raises:
        MayNotReplicate: see its hint.
    """
    row = taking.connection.execute(_SQL["facts"]).fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    version, database, moment, superuser, tablespaces, may, *rest = row
    if not may:
        raise MayNotReplicate(target=taking.target.name, reason="its role has no REPLICATION")
    return Facts(version, database, moment, superuser, tuple(tablespaces), *rest)


def ended(taking: Taking, told: Facts) -> datetime:
    """The moment by the server's clock.

    Raises:
        ServerFailed: it has other tablespaces by now. Of one that was made meanwhile the backup holds nothing but the
            log, which names its place on the server: restoring it anywhere would write there.
    """
    row = taking.connection.execute(_SQL["now"]).fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    moment, spaces = row
    if tuple(spaces) != told.tablespaces:
        raise ServerFailed(target=taking.target.name, reason="tablespaces were made or dropped meanwhile")
    return cast("datetime", moment)
