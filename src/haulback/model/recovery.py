"""What a team wants of its backups and of a recovery."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class BackupSettings:
    """Where backups go and for how long they stay.

    Attributes:
        store: a folder, or an address such as `s3://bucket/prefix`.
        tables: identities that a backup of tables holds; empty for those of the module engagement_events.
        keep: seconds that a backup stays.
        keep_proved: so many proved backups stay, however old.
        window: seconds back that a recovery can aim at.
        prove_every: of so many scheduled backups one is proved.
        full_every: seconds between two scheduled backups of the whole cluster; 0 for none.
        incremental_every: seconds between two of the cluster, of what changed in it where that can be; 0 for none.
        cluster_in_clear: whether scheduled backups of the cluster are left in the clear though a key is set; those in
            the clear are then believed.
        accept_clear: whether backups in the clear are believed though a key is set.
        targets: that are backed up when it is time; empty for the default one.
        schedule: whether `haulback up` takes, proves and prunes backups when it is time.
        key: what backups are encrypted with, as a person writes it; None leaves them in the clear.
        platform: address of Supabase's management API.
        platform_token: who we are to it; None where nobody said.
    """

    store: str
    tables: tuple[str, ...] = ()
    keep: float = 30 * 86400.0
    keep_proved: int = 3
    window: float = 7 * 86400.0
    prove_every: int = 1
    full_every: float = 7 * 86400.0
    incremental_every: float = 86400.0
    cluster_in_clear: bool = False
    accept_clear: bool = False
    targets: tuple[str, ...] = ()
    schedule: bool = False
    key: str | None = field(default=None, repr=False)
    platform: str = "https://api.supabase.com"
    platform_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Objectives:
    """How long a recovery may take and how much it may lose; seconds.

    Attributes:
        database_lost: the whole database is gone (critical).
        table_lost: rows or a table are gone (partial).
        bad_migration: a migration does harm (performance).
        data_loss: what was committed in the last so many seconds may be lost (RPO).
        backup_every: a backup is taken so often.
        drill_every: a scheduled drill is played so often; 0 for never.
        contacts: who is called, in this order.
    """

    database_lost: float = 4 * 3600.0
    table_lost: float = 3600.0
    bad_migration: float = 1800.0
    data_loss: float = 900.0
    backup_every: float = 6 * 3600.0
    drill_every: float = 0.0
    contacts: tuple[str, ...] = ()
