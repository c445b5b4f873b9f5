"""Tells of the data folder that was written of a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from haulback.model.backup import Backup
from haulback.report.backups import sized


def document(backup: Backup, folder: Path, spaces: Path | None, size: int) -> dict[str, Any]:
    """The document of `haulback backup unpack`."""
    return {
        "ok": True,
        "exit": 0,
        "id": backup.id,
        "folder": str(folder),
        "tablespaces": str(spaces) if spaces else None,
        "bytes": size,
    }


def told(backup: Backup, folder: Path, spaces: Path | None, size: int) -> str:
    beside = f"\n  its tablespaces are in {spaces}, and stay there while it runs" if spaces else ""
    return (
        f"{folder} holds the cluster of {backup.id}: {sized(size)}{beside}\n"
        "  its settings are those of the server that was backed up: look at archive_command first\n"
        f"  start it with PostgreSQL {backup.major}: pg_ctl -D {folder} start"
    )
