"""What a server says of itself before a backup of its cluster begins, and what rules that out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg

from haulback.backups.cluster_errors import MayNotReplicate
from haulback.backups.engines._engine import Taking
from haulback.pg.queries import queries

_SQL = queries("haulback.backups", "sql/physical.sql")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is noted of a server.

    Attributes:
        began_at: by the server's clock.
        superuser: the bootstrap superuser.
        tablespaces: names of those beside the two that every cluster has.
        summarizes: whether it keeps what an incremental backup goes by.
        segment_size: bytes of a segment of the log.
        checksums: whether its pages bear sums.
    """

    version: int
    database: str
    began_at: datetime
    superuser: str
    tablespaces: tuple[str, ...]
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


def now(connection: psycopg.Connection) -> datetime:
    """The moment by the server's clock."""
    row = connection.execute(_SQL["now"]).fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    moment: datetime = row[0]
    return moment
