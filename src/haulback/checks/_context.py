"""What a check is given: the target, a session on it, what the plan needs, and the thresholds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from haulback.clock import Clock, SystemClock
from haulback.model.capture_cost import CaptureEstimate
from haulback.model.target import Target
from haulback.pg.session import Server


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What figures are held against.

    Attributes:
        version: oldest PostgreSQL major that we know how to work with.
        latency: longest round trip to the server.
        connections_share: share of max_connections that may be in use before ours.
        load_share: share of the host's CPU, and of its memory, that may be in use.
        free_share: share of each file system that must be free.
        backup_age: age of the newest backup that was proved restorable.
        transaction_age: age of the oldest open transaction.
        lock_wait: how long the plan may be kept waiting for a lock; half the lock budget.
        large_table: size in bytes from which a vacuum of a table takes longer than our tries for its lock.
        wraparound_age: transactions since the database was last frozen; the server stops at 2.1 thousand million.
        retained_wal: bytes of WAL that one replication slot may hold back.
        attic_margin: so many times what the captures are estimated to take must be free.
    """

    version: int = 15
    latency: timedelta = timedelta(seconds=1)
    connections_share: float = 0.80
    load_share: float = 0.70
    free_share: float = 0.20
    backup_age: timedelta = timedelta(hours=24)
    transaction_age: timedelta = timedelta(minutes=5)
    lock_wait: timedelta = timedelta(milliseconds=500)
    large_table: int = 100 * 1024**2
    wraparound_age: int = 1_500_000_000
    retained_wal: int = 10 * 1024**3
    attic_margin: float = 1.5


@dataclass(frozen=True, slots=True)
class Requirements:
    """What must exist before the plan runs. Schemas and tables as quoted identities, extensions by plain name."""

    extensions: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckContext:
    """Everything a check may look at.

    Attributes:
        connection: a session of ours in autocommit, with nothing open.
        relations: quoted, schema-qualified names of the tables the plan touches.
        required: what the plan needs and does not make itself.
        data_directories: folders of the server that are known to lie on this machine (its data, its WAL archive,
            the backups); empty where the server is not ours.
        history_problems: what is wrong between files and history; None where nobody compared them.
        deployment_lock: the two keys of the advisory lock that a running deployment holds.
        own_processes: backends of this very deployment, which are nobody else's.
        proved_backup: when the newest backup that was proved restorable was taken.
        backups_unknown: why nobody knows of backups; empty where they could be looked at.
        capture: what the plan keeps, and what that costs; None where nothing was rehearsed, so that nobody knows.
    """

    target: Target
    connection: psycopg.Connection
    server: Server
    thresholds: Thresholds = field(default_factory=Thresholds)
    clock: Clock = field(default_factory=SystemClock)
    relations: tuple[str, ...] = ()
    required: Requirements = field(default_factory=Requirements)
    data_directories: tuple[Path, ...] = ()
    history_problems: tuple[str, ...] | None = None
    deployment_lock: tuple[int, int] | None = None
    own_processes: frozenset[int] = frozenset()
    proved_backup: datetime | None = None
    backups_unknown: str = ""
    capture: CaptureEstimate | None = None
