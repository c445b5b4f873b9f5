"""Decides how a backup of a cluster lies in its store: plain, as a data folder, or packed.

Plain is a folder that a server can start on, that shares its blocks with a copy where the file system can, and that
pg_combinebackup takes as it is. It is what a folder of this machine gets as long as nothing speaks against it.
"""

from __future__ import annotations

from haulback.backups import packing, plain_backup
from haulback.backups.engines._engine import Taking
from haulback.backups.server_facts import Facts
from haulback.model.backup import Backup, BackupKind
from haulback.model.packed import is_packed


def take(taking: Taking, kind: BackupKind, told: Facts, parent: Backup | None = None) -> Backup:
    """Takes a backup of the whole cluster.

    Raises:
        HaulbackError: as `plain_backup.take` and `packing.take`.
    """
    # Even a fast one may take minutes, and nothing comes before it.
    taking.progress("kB of the cluster: the server makes a checkpoint first", 0, 0)
    folder = taking.shelf.store.folder
    open_ = taking.key is None or "in_clear" in taking.options
    # What builds on a packed one is of no use without it; tablespaces have their own places, which a folder has not.
    if folder is None or not open_ or told.tablespaces or (parent and is_packed(parent)):
        return packing.take(taking, kind, told, parent)
    return plain_backup.take(taking, folder, kind, told, parent)
