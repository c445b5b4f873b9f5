"""Whether the server runs on this machine, proved by its process rather than by its address."""

from __future__ import annotations

from pathlib import Path

import psutil

from haulback.checks._check import one_row
from haulback.checks._context import CheckContext

_QUERY = "select pid, backend_start from pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())"
_TOLERANCE = 60.0  # seconds between the kernel's idea of a start and the server's


def server_process(context: CheckContext) -> psutil.Process | None:
    """The process that serves our session, or None where it is not one of this machine.

    A loopback address proves nothing: a tunnel or a container ends there too. A process of this machine with the
    pid, the name and the start that the server tells of its own backend does.

    Raises:
        psycopg.Error: the server did not answer.
    """
    pid, started = one_row(context.connection, _QUERY)
    try:
        process = psutil.Process(pid)
        same = _is_server(process) and abs(process.create_time() - started.timestamp()) < _TOLERANCE
    except psutil.Error:
        return None
    return process if same else None


def working_folder(process: psutil.Process) -> Path | None:
    """A backend's working directory is its data directory; only its user and root may read it."""
    try:
        return Path(process.cwd())
    except psutil.Error:
        return None


def _is_server(process: psutil.Process) -> bool:
    return process.name() in {"postgres", "postmaster", "postgres.exe"} or process.name().startswith("postgres:")
