"""A server on a data folder that is not its own: no TCP, no archive, a private socket, nothing of its old settings.

A copy of a cluster brings the settings of the original along, in postgresql.conf and in postgresql.auto.conf: an
archive command that would push a second history into the original's archive, an address that is taken, a standby that
it waits for. Both files are replaced, and what must never be is given on the command line too, which outranks them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from haulback.pg import cluster_folder, control, postmaster, settings
from haulback.pg.binaries import Binaries
from haulback.pg.os_user import server_user
from haulback.pg.postmaster import Postmaster, StopMode

_STOP_SECONDS = 120.0
_SECONDS = 7 * 86400.0  # a recovery takes as long as it takes; one that fails ends its server, which is seen at once
_TRUST = "local all all trust\n"
_NEVER = {"archive_mode": "off", "archive_command": "", "listen_addresses": "", "primary_conninfo": ""}
_PRIVATE = _NEVER | {
    "unix_socket_permissions": "0700",
    "synchronous_standby_names": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] ",
    "log_min_messages": "warning",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "autovacuum": "off",
    # Nobody may look before recovery has ended, so what accepts connections has ended it.
    "hot_standby": "off",
}


@dataclass(frozen=True)
class PrivateServer:
    """One server on `data`, of which nobody but us knows.

    Attributes:
        folder: holds `data` and the log.
        superuser: the bootstrap superuser of the cluster that was copied.
    """

    folder: Path
    binaries: Binaries
    superuser: str

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def configure(self, data: Path, chosen: Mapping[str, str], *, recover: bool) -> None:
        """Replaces every setting that a copy brought along.

        Args:
            data: the copy; it may lie under another name yet.
            chosen: over the settings of every private server.
            recover: from an archive, by `restore_command` and one recovery target in `chosen`.
        """
        limits = control.read(self.binaries, data).limits
        texts = {
            "postgresql.conf": settings.render({**_PRIVATE, **limits, **chosen}),
            "postgresql.auto.conf": "",
            "pg_hba.conf": _TRUST,
            "pg_ident.conf": "",
        }
        owner = server_user()
        for name in ("standby.signal", "recovery.signal"):
            (data / name).unlink(missing_ok=True)
        if recover:
            texts["recovery.signal"] = ""
        for name, text in texts.items():
            cluster_folder.write_whole(data / name, text)
            owner.own(data / name)

    def start(self, reaches: tuple[Path, ...] = (), meanwhile: Callable[[], None] = lambda: None) -> Postmaster:
        """Starts it and waits until it accepts connections, which ends every recovery.

        Args:
            reaches: folders it must get at besides its data, such as an archive.
            meanwhile: called now and then.

        Raises:
            ClusterDidNotStart: with what its log says.
        """
        owner = server_user()
        self.stop("immediate")
        postmaster.clear_remains(self.data)
        folder = cluster_folder.socket_folder(self.data, owner)
        for left in folder.iterdir():
            left.unlink()
        port = cluster_folder.free_port(None)
        where = {"unix_socket_directories": str(folder), "port": str(port)} | _NEVER
        command: list[str | Path] = [self.binaries.program("postgres"), "-D", self.data]
        command += [part for name, value in where.items() for part in ("-c", f"{name}={value}")]
        told = owner.command(command, [self.data, self.binaries.share_dir, *reaches])
        return postmaster.launch(told, self.data, self.log, _SECONDS, meanwhile)

    def running(self) -> Postmaster | None:
        return postmaster.read(self.data)

    def stop(self, mode: StopMode = "fast") -> None:
        """Stops it where it runs.

        Raises:
            ClusterDidNotStop: it is still there after two minutes.
        """
        server = self.running()
        if server is not None:
            postmaster.stop(server, self.data, mode, _STOP_SECONDS)
        if server is not None and server.socket_dir is not None:
            shutil.rmtree(server.socket_dir, ignore_errors=True)

    def conninfo(self, database: str) -> str:
        """How to reach it while it runs."""
        server = self.running()
        if server is None or server.socket_dir is None:
            raise postmaster.ClusterDidNotStart(data=self.data, log=self.log, reason="it does not run")
        return make_conninfo(
            "", host=str(server.socket_dir), port=str(server.port), user=self.superuser, dbname=database
        )

    @contextmanager
    def session(self, database: str) -> Iterator[psycopg.Connection]:
        """A session as its superuser, in autocommit."""
        with psycopg.connect(self.conninfo(database), autocommit=True, application_name="haulback") as connection:
            yield connection

    def remove(self) -> None:
        """Stops it at once and removes everything of it."""
        with suppress(postmaster.ClusterDidNotStop):
            self.stop("immediate")
        cluster_folder.remove(self.folder)
