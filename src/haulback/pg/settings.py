"""The configuration files of a private cluster."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from haulback.pg import archive_segment

ARCHIVER = Path(archive_segment.__file__)
PYTHON = Path(sys.executable)

# Only our own OS user can open the socket folder, so the socket needs no password; TCP is loopback only.
AUTHENTICATION = """\
# Written by haulback at every start.
local all         all                    trust
local replication all                    trust
host  all         all       127.0.0.1/32 scram-sha-256
host  replication all       127.0.0.1/32 scram-sha-256
"""


def server_settings(
    *,
    durable: bool,
    port: int,
    listen: bool,
    socket_dir: Path,
    archive: Path,
    control_path: str | None,
    search_path: str,
) -> dict[str, str]:
    """Every setting of a cluster that is not PostgreSQL's default.

    Args:
        durable: keep what was committed through a crash, and ship WAL; false for shadows.
        port: of TCP, and part of the socket's name.
        listen: on 127.0.0.1 besides the socket.
        socket_dir: folder of the Unix socket.
        archive: folder that WAL segments are shipped to.
        control_path: `extension_control_path`, for versions that have it.
        search_path: of sessions whose role and database set none.
    """
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1" if listen else "",
        "unix_socket_directories": str(socket_dir),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_preload_libraries": "pg_stat_statements",
        "client_connection_check_interval": "500ms",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %q%u@%d %a ",
        "lc_messages": "C",
        "shared_buffers": "128MB" if durable else "64MB",
        "max_wal_size": "2GB",
        "search_path": search_path,
    }
    if control_path is not None:
        settings["extension_control_path"] = control_path
    return settings | (_durable(archive) if durable else _THROW_AWAY)


_THROW_AWAY: dict[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "archive_mode": "off",
    "autovacuum": "off",
}


def _durable(archive: Path) -> dict[str, str]:
    return {
        "wal_level": "logical",
        "max_wal_senders": "10",
        "max_replication_slots": "10",
        "archive_mode": "on",
        "archive_command": archive_command(archive),
        "archive_timeout": "60",
        "max_slot_wal_keep_size": "4GB",
        "track_io_timing": "on",
        "log_checkpoints": "on",
        "log_lock_waits": "on",
    }


def archive_command(archive: Path) -> str:
    """A shell command that ships the segment `%p` into `archive`, whole and synced or not at all."""
    fixed = [shlex.quote(str(p)).replace("%", "%%") for p in (PYTHON, ARCHIVER, archive)]
    # -I and -S: neither the environment nor the site's packages can change what runs as the server.
    return f"{fixed[0]} -I -S {fixed[1]} %p {fixed[2]}/%f"


def render(settings: Mapping[str, str]) -> str:
    """The text of a postgresql.conf."""
    lines = [f"{name} = '{_escape(value)}'" for name, value in sorted(settings.items())]
    return "\n".join(["# Written by haulback at every start: use ALTER SYSTEM for your own.", *lines, ""])


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
