"""Where the API of the embedded server is, while `haulback up` serves it."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

import psutil

from haulback.model.settings import Settings


def url(settings: Settings) -> str | None:
    """The address; None where nothing serves it now."""
    try:
        told = json.loads(_file(settings).read_text(encoding="utf-8"))
        address, process, born = str(told["url"]), int(told["pid"]), float(told["born"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return address if lives(process, born) else None


def write(settings: Settings, address: str, process: int) -> None:
    """Tells others where it is; whole at once, as they may be reading."""
    file = _file(settings)
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    born = psutil.Process(process).create_time()
    beside.write_text(json.dumps({"url": address, "pid": process, "born": born}), encoding="utf-8")
    beside.replace(file)


def forget(settings: Settings) -> None:
    with suppress(FileNotFoundError):
        _file(settings).unlink()


def lives(process: int, born: float | None = None) -> bool:
    """Whether a process does; that very one, where it is said when it was born: numbers are given out again."""
    try:
        found = psutil.Process(process)
        same = born is None or abs(found.create_time() - born) < 1
        return same and found.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _file(settings: Settings) -> Path:
    return settings.home / "api.json"
