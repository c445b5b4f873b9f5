"""Tells of the data folder that was written of a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from haulback.model.backup import Backup
from haulback.report.backups import sized


def document(backup: Backup, folder: Path, spaces: Path | None, size: int, start: str, owner: str) -> dict[str, Any]:
    """The document of `haulback backup unpack`."""
    return {
        "ok": True,
        "exit": 0,
        "id": backup.id,
        "folder": str(folder),
        "tablespaces": str(spaces) if spaces else None,
        "bytes": size,
        "start": start,
        "owner": owner,
    }


def told(backup: Backup, folder: Path, spaces: Path | None, size: int, start: str, owner: str) -> str:
    beside = f"\n  its tablespaces are in {spaces}, and stay there while it runs" if spaces else ""
    return (
        f"{folder} holds the cluster of {backup.id}: {sized(size)}{beside}\n"
        "  its settings are those of the server that was backed up, but for what this says; start it as the OS user"
        f" {owner}:\n"
        f"  {start}"
    )
