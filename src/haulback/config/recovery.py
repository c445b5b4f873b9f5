"""Reads the tables `[backups]` and `[objectives]`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from haulback.config.errors import WrongSetting
from haulback.config.reading import Table
from haulback.config.secrets import secret
from haulback.model.recovery import BackupSettings, Objectives

_DAY = 86400.0
KEY = "HAULBACK_BACKUP_KEY"


def read_backups(table: Table, root: Path, home: Path, environment: Mapping[str, str]) -> BackupSettings:
    """What is said of backups.

    Raises:
        WrongSetting, SecretFileUnreadable: as everywhere.
    """
    store = table.text("store", "")
    scheme, _, place = store.partition("://")
    plain = scheme == store
    if "\0" in store or (not plain and not place.strip("/")):
        wanted = "a folder, or an address such as s3://bucket/prefix"
        raise WrongSetting(file=table.file, setting=table.name("store"), wanted=wanted)
    return BackupSettings(
        store=str(root / Path(store).expanduser() if store else home / "backups") if plain else store,
        tables=table.texts("tables", ()),
        keep=table.seconds("keep", 30 * _DAY),
        keep_proved=table.whole("keep_proved", 3),
        window=table.seconds("window", 7 * _DAY),
        prove_every=max(1, table.whole("prove_every", 1)),
        full_every=table.seconds("full_every", 7 * _DAY),
        incremental_every=table.seconds("incremental_every", _DAY),
        cluster_in_clear=table.flag("cluster_in_clear", default=False),
        accept_clear=table.flag("accept_clear", default=False),
        targets=table.texts("targets", ()),
        schedule=table.flag("schedule", default=False),
        key=secret(environment, KEY),
        platform=environment.get("SUPABASE_API_URL") or "https://api.supabase.com",
        platform_token=secret(environment, "SUPABASE_ACCESS_TOKEN"),
    )


def read_objectives(table: Table) -> Objectives:
    """What is said of recoveries.

    Raises:
        WrongSetting: as everywhere.
    """
    return Objectives(
        database_lost=table.seconds("database_lost", 4 * 3600.0, smallest=1.0),
        table_lost=table.seconds("table_lost", 3600.0, smallest=1.0),
        bad_migration=table.seconds("bad_migration", 1800.0, smallest=1.0),
        data_loss=table.seconds("data_loss", 900.0, smallest=1.0),
        backup_every=table.seconds("backup_every", 6 * 3600.0, smallest=60.0),
        drill_every=table.seconds("drill_every", 0.0),
        contacts=table.texts("contacts", ()),
    )
