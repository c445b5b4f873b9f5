"""Which processes run, by pid and by the folder they work in: every PostgreSQL process works in its data."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

_PROC = Path("/proc")


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and only waits to be reaped does not."""
    try:
        status = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        if _PROC.joinpath("self").exists():
            return False
    except ProcessLookupError:
        return False
    else:
        # The state follows the name, which is in parentheses and may hold anything.
        return status.rpartition(")")[2].split()[0] not in "ZX"
    return bool(import_module("psutil").pid_exists(pid))


def works_in(pid: int, folder: Path) -> bool:
    """Whether process `pid` has `folder` as its working folder; false where we may not know."""
    return _working_folder(pid) == folder.resolve()


def all_in(folder: Path) -> list[int]:
    """Pids of the processes whose working folder is `folder`."""
    resolved = folder.resolve()
    return [pid for pid in _pids() if _working_folder(pid) == resolved]


def _pids() -> list[int]:
    if _PROC.joinpath("self").exists():
        return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    return list(import_module("psutil").pids())  # macOS; psutil costs 30 ms to import, so only there


def _working_folder(pid: int) -> Path | None:
    if _PROC.joinpath("self").exists():
        try:
            return (_PROC / str(pid) / "cwd").readlink()
        except OSError:
            return None
    psutil = import_module("psutil")
    try:
        return Path(psutil.Process(pid).cwd())
    except psutil.Error:
        return None
