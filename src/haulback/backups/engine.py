"""Finds the engine for a kind of backup, and the one that took a backup."""

from __future__ import annotations

from collections.abc import Mapping

from haulback import registry
from haulback.backups.cluster_errors import UnknownEngine
from haulback.backups.engines._engine import Engine
from haulback.model.backup import Backup, BackupKind


def engines() -> Mapping[str, Engine]:
    """All engines by id."""
    return registry.find("haulback.backups.engines", "engines", "ENGINE")


def for_kind(kind: BackupKind, id_: str = "") -> Engine:
    """The engine that takes backups of a kind; the one of that id where one is named.

    Raises:
        UnknownEngine: there is none, or it takes no such backups.
    """
    known = engines()
    # Whoever bears the name of a kind is the one that is meant by it.
    wanted = id_ or kind.value
    found = known.get(wanted)
    if found is None or kind not in found.kinds:
        able = ", ".join(sorted(one.id for one in known.values() if kind in one.kinds))
        raise UnknownEngine(id=wanted, kind=kind.value, known=able)
    return found


def of(backup: Backup) -> Engine:
    """The engine that took a backup, and so can prove it.

    Raises:
        UnknownEngine: it is not installed any more.
    """
    return for_kind(backup.kind, str(backup.detail.get("engine", "")))
