"""Everything that configures Haulback, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from haulback.model.api import ApiSettings
from haulback.model.hazard import Level
from haulback.model.recovery import BackupSettings, Objectives
from haulback.model.target import Target


@dataclass(frozen=True)
class Thresholds:
    """What pre-flight checks hold their figures against.

    Attributes:
        connections: share of max_connections in use, 0 to 1.
        load: share of CPU and of memory in use, 0 to 1.
        free_disk: share of each file system that must be free, 0 to 1.
        backup_age: hours since the newest proved backup.
        transaction_age: seconds that the oldest transaction may have lasted.
    """

    connections: float = 0.8
    load: float = 0.7
    free_disk: float = 0.2
    backup_age: float = 24.0
    transaction_age: float = 300.0


@dataclass(frozen=True)
class Settings:
    """The settings of one project.

    Attributes:
        root: the folder of haulback.toml, or the current one where there is none.
        home: where clusters, shadows and captures of ours live.
        migrations: the folder of migrations.
        seed: SQL files loaded in development after a deployment.
        exposed: schemas that the API serves.
        lock_budget: seconds that any other session may be kept waiting because of us.
        patience: seconds to go on trying for a lock.
        cancel_blockers_older_than: seconds; a session whose transaction is older and that keeps us from a lock is
            ended. None: nobody is.
        copy_share: share of the time that copying ahead may work, above 0 and up to 1; the rest it pauses.
        held_up: what becomes of rows that cannot come back when a deployment is taken back: "stop" ends with exit 5,
            "attic" lists them and leaves them there.
        sample: rows of each table that a shadow gets.
        seal_after: seconds that a deployment can be taken back, unless somebody forces its end.
        ttl: seconds after which an announced maintenance ends by itself.
        hazards: level by id of hazard, over the rules' own.
        advice_ignore: cache keys of findings that `haulback advise` leaves out.
        backups: where backups go and for how long they stay.
        objectives: what a recovery is held against.
        api: how the API is served.
        clients: the file that says what known versions of clients need; there need be none.
        requests: a file or folder of recorded requests, which rehearsals ask; there need be none.
        read_from: where the settings came from, for `haulback doctor`.
    """

    root: Path
    home: Path
    migrations: Path
    targets: Mapping[str, Target]
    default_target: str
    seed: tuple[Path, ...] = ()
    exposed: tuple[str, ...] = ("public",)
    lock_budget: float = 1.0
    patience: float = 60.0
    cancel_blockers_older_than: float | None = None
    copy_share: float = 0.5
    held_up: str = "stop"
    sample: int = 100
    seal_after: float = 604800.0
    ttl: float = 900.0
    hazards: Mapping[str, Level] = field(default_factory=dict)
    advice_ignore: tuple[str, ...] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)
    backups: BackupSettings = field(default_factory=lambda: BackupSettings(".haulback/backups"))
    objectives: Objectives = field(default_factory=Objectives)
    api: ApiSettings = field(default_factory=ApiSettings)
    clients: Path | None = None
    requests: Path | None = None
    read_from: tuple[str, ...] = ()
