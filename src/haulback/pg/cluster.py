"""A private PostgreSQL cluster: made, started, found again after any crash, stopped and destroyed."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from haulback.errors import HaulbackError
from haulback.pg import cluster_folder, exchange, postmaster, settings
from haulback.pg.binaries import Binaries
from haulback.pg.cluster_folder import ClusterFolder, State
from haulback.pg.os_user import OsUser, server_user
from haulback.pg.platform import baseline, standins
from haulback.pg.postmaster import ClusterDidNotStart, Postmaster, StopMode
from haulback.pg.template import Template

SUPERUSER = "supabase_admin"
OWNER = "postgres"
_START_SECONDS = 300.0  # crash recovery of a large cluster takes its time; a start that fails is seen at once
_STOP_SECONDS = 60.0
_CONTROL_PATH_MAJOR = 18
_BUILTIN_LOCALE_MAJOR = 17
_PORT_TRIES = 5
_PLAIN_PATH = '"$user", public'
_PLATFORM_PATH = '"$user", public, extensions'


class ClusterMajorDiffers(HaulbackError):
    template = "the cluster {name} was made by PostgreSQL {made}, and these binaries are {found}"
    hint_template = "Set HAULBACK_PG_BIN to the bin folder of PostgreSQL {made}, or destroy the cluster."


class SwapUnfinished(HaulbackError):
    template = "the data folder of {name} is being exchanged for a recovered one"
    hint_template = "Run the same `haulback restore pitr` again: it ends what was interrupted."


class InitdbFailed(HaulbackError):
    template = "a new cluster could not be made in {folder}: {reason}"
    hint_template = "Check free space and permissions of that folder."


@dataclass(frozen=True, slots=True)
class Running:
    """A server that accepts connections.

    Attributes:
        pid: of its first process.
        port: on 127.0.0.1, and part of the socket's name; a shadow has the socket only.
        socket_dir: folder of its Unix socket, private to us.
        major: version of the server.
        data_dir: its data folder.
        database: the database that `postgres` owns.
        passfile: pgpass file for TCP.
    """

    pid: int
    port: int
    socket_dir: Path
    major: int
    data_dir: Path
    database: str
    passfile: Path

    def conninfo(self, user: str = OWNER, database: str | None = None, via: Literal["socket", "tcp"] = "socket") -> str:
        """A libpq connection string; over TCP it names the pgpass file, never the password."""
        where: dict[str, str] = {"host": str(self.socket_dir)}
        if via == "tcp":
            where = {"host": "127.0.0.1", "passfile": str(self.passfile)}
        return make_conninfo("", **where, port=self.port, user=user, dbname=database or self.database)

    def url(self, user: str = OWNER, database: str | None = None, via: Literal["socket", "tcp"] = "socket") -> str:
        """The same as a postgresql:// URL."""
        name = quote(database or self.database, safe="")
        account = quote(user, safe="")
        if via == "tcp":
            passfile = quote(str(self.passfile), safe="")
            return f"postgresql://{account}@127.0.0.1:{self.port}/{name}?passfile={passfile}"
        return f"postgresql://{account}@/{name}?host={quote(str(self.socket_dir), safe='')}&port={self.port}"


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a cluster without starting it.

    Attributes:
        made: whether it has data.
        running: the server, if one accepts connections.
        state: what the cluster remembers, if anything.
    """

    made: bool
    running: Running | None
    state: State | None


class Cluster:
    """One private cluster below a home folder.

    Every method may be called again after any crash of ours or of the server, and by several processes at
    once.

    Args:
        home: such as `.haulback`.
        name: of the folder below `home/clusters`.
        binaries: what makes and runs it.
        durable: false for shadows: no fsync, no WAL archive, no TCP worth having.
        platform: whether the Supabase baseline is applied.
        database: the database that `postgres` owns.
        listen: on 127.0.0.1 besides the socket; shadows should not.
    """

    def __init__(
        self,
        home: Path,
        name: str,
        binaries: Binaries,
        *,
        durable: bool = True,
        platform: bool = True,
        database: str = "postgres",
        listen: bool = True,
    ) -> None:
        self._home = home.absolute()
        self._folder = ClusterFolder(home, name)
        self._binaries = binaries
        self._durable = durable
        self._platform = platform
        self._database = database
        self._listen = listen
        # A durable cluster is made anew: its system identifier must be its own, backups go by it.
        contents = baseline.digest() if platform else "plain"
        self._template = None if durable else Template(self._home, binaries, contents)

    @property
    def folder(self) -> ClusterFolder:
        return self._folder

    def start(self) -> Running:
        """Makes the cluster if it is new, starts it unless it runs, and returns once it can be used.

        Raises:
            ClusterDidNotStart, InitdbFailed, ClusterMajorDiffers, ClusterBusy, SwapUnfinished, NoSetpriv, NoOsUser
        """
        status = self.status()
        if status.running and status.state and status.state.ready:
            return status.running
        with self._folder.locked():
            owner = server_user()
            self._folder.make(owner)
            self._initialise(owner)
            server = self._server() or self._launch(owner)
            state = self._folder.read()
            if state is None or not state.ready:
                server = self._finish(owner, server)
            return self._running(server)

    def stop(self, mode: StopMode = "fast") -> bool:
        """Stops the server; whether there was one.

        Raises:
            ClusterDidNotStop: it is still there after a minute.
        """
        if not self._folder.path.exists():
            return False
        with self._folder.locked():
            server = postmaster.read(self._folder.data)
            if server is not None:
                postmaster.stop(server, self._folder.data, mode, _STOP_SECONDS)
                if server.socket_dir is not None:
                    with suppress(OSError):  # what it still holds is not the server's
                        server.socket_dir.rmdir()
            return server is not None

    def status(self) -> Status:
        """Looks, without taking the lock or changing anything."""
        server = self._server()
        state = self._folder.read()
        return Status(
            made=(self._folder.data / "PG_VERSION").exists(),
            running=self._running(server) if server else None,
            state=state,
        )

    def destroy(self) -> None:
        """Stops the server at once and removes everything the cluster has."""
        if not self._folder.path.exists():
            cluster_folder.remove(self._folder.path)
            return
        with self._folder.locked():
            server = postmaster.read(self._folder.data)
            if server is not None:
                postmaster.stop(server, self._folder.data, "immediate", _STOP_SECONDS)
            postmaster.clear_remains(self._folder.data)
            state = self._folder.read()
            cluster_folder.remove(self._folder.path)
            if state:
                shutil.rmtree(state.socket_dir, ignore_errors=True)
        self._folder.lock.unlink(missing_ok=True)

    def _server(self) -> Postmaster | None:
        found = postmaster.read(self._folder.data)
        if found and found.ready and found.socket_dir and postmaster.answers(found.socket_dir, found.port):
            return found
        return None

    def _running(self, server: Postmaster) -> Running:
        assert server.socket_dir is not None  # noqa: S101 - `_server` and `launch` return no other
        return Running(
            pid=server.pid,
            port=server.port,
            socket_dir=server.socket_dir,
            major=self._major(),
            data_dir=self._folder.data,
            database=self._database,
            passfile=self._folder.passfile,
        )

    def _major(self) -> int:
        return int((self._folder.data / "PG_VERSION").read_text(encoding="ascii").split(".")[0])

    def _initialise(self, owner: OsUser) -> None:
        folder = self._folder
        if (folder.data / "PG_VERSION").exists():
            if self._major() != self._binaries.major:
                raise ClusterMajorDiffers(name=folder.name, made=self._major(), found=self._binaries.major)
            return
        if exchange.is_away(folder.data):
            # A fresh cluster in its place would be taken for the real one.
            raise SwapUnfinished(name=folder.name)
        for left in folder.path.glob("making-*"):
            shutil.rmtree(left, ignore_errors=True)
        # A new name each time: an initdb whose parent was killed goes on for a while in its own folder.
        unfinished = folder.path / f"making-{secrets.token_hex(4)}"
        if self._template is None or not self._template.copy_to(unfinished):
            unfinished.mkdir(mode=0o700)
            owner.own(unfinished)
            self._initdb(owner, unfinished)
        # Only a whole data folder ever has the name `data`: a crash before this line starts over.
        unfinished.rename(folder.data)
        cluster_folder.sync_folder(folder.path)

    def _initdb(self, owner: OsUser, data: Path) -> None:
        locale = ["--locale=C.UTF-8"]
        if self._binaries.major >= _BUILTIN_LOCALE_MAJOR:
            # The same on every machine, whatever locales it has.
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command: list[str | Path] = [
            self._binaries.program("initdb"), "-D", data, "-U", SUPERUSER, "--encoding=UTF8", *locale,
            "--auth=trust", "--no-instructions", *([] if self._durable else ["--no-sync", "--wal-segsize=4"]),
        ]  # fmt: skip
        done = subprocess.run(
            owner.command(command, [data, self._binaries.share_dir]),
            capture_output=True, text=True, check=False, cwd="/", env=postmaster.environment(),
        )  # fmt: skip
        if done.returncode != 0:
            raise InitdbFailed(folder=data, reason=done.stderr.strip().replace("\n", " / ")[-1000:])

    def _launch(self, owner: OsUser) -> Postmaster:
        folder = self._folder
        # A server that still starts, or stops, is neither ready nor remains: it is waited for by stopping it.
        unready = postmaster.read(folder.data)
        if unready is not None:
            postmaster.stop(unready, folder.data, "fast", _STOP_SECONDS)
        postmaster.clear_remains(folder.data)
        folder.rotate_log()
        state = folder.read() or State(self._binaries.major, 0, "", self._database, ready=False)
        for attempt in range(1, _PORT_TRIES + 1):
            state = self._configure(owner, state)
            try:
                server = postmaster.launch(self._command(owner), folder.data, folder.log, _START_SECONDS)
            except ClusterDidNotStart as error:
                # Somebody can take the port between our looking and the server's binding.
                if "could not bind" not in str(error) and "could not create any TCP" not in str(error):
                    raise
                if attempt == _PORT_TRIES:
                    raise
                state = replace(state, port=0)
            else:
                if self._durable:
                    postmaster.reload(server)
                return server
        raise AssertionError

    def _command(self, owner: OsUser) -> list[str]:
        reaches = [self._folder.data, self._binaries.share_dir, settings.ARCHIVER, settings.PYTHON]
        return owner.command([self._binaries.program("postgres"), "-D", self._folder.data], reaches)

    def _configure(self, owner: OsUser, state: State) -> State:
        folder = self._folder
        socket_dir = cluster_folder.socket_folder(folder.data, owner)
        port = cluster_folder.free_port(state.port or None)
        for left in socket_dir.iterdir():  # a killed server leaves its socket and the lock file beside it
            left.unlink()
        control_path = None
        if self._binaries.major >= _CONTROL_PATH_MAJOR:
            standins.write_controls(folder.extensions, self._binaries)
            control_path = f"{folder.extensions}:$system"
        chosen = settings.server_settings(
            durable=self._durable, port=port, listen=self._listen, socket_dir=socket_dir,
            archive=folder.archive, control_path=control_path,
            search_path=_PLATFORM_PATH if self._platform else _PLAIN_PATH,
        )  # fmt: skip
        texts = {"postgresql.conf": settings.render(chosen), "pg_hba.conf": settings.AUTHENTICATION}
        for name, text in texts.items():
            cluster_folder.write_whole(folder.data / name, text)
            owner.own(folder.data / name)
        state = replace(state, port=port, socket_dir=str(socket_dir))
        folder.write(state)
        return state

    def _finish(self, owner: OsUser, server: Postmaster) -> Postmaster:
        """Brings a server whose making was interrupted, or has just begun, to its end."""
        first = self._first_database(server)
        with self._connect(server, first) as connection:
            if self._platform:
                baseline.apply(connection, first)
            else:
                baseline.apply_plain(connection, first)
        if self._template is not None and not self._template.exists and first == "postgres":
            postmaster.stop(server, self._folder.data, "fast", _STOP_SECONDS)
            self._template.keep(self._folder.data)
            server = self._launch(owner)
        with self._connect(server, "template1") as connection:
            _name_database(connection, self._database)
        with self._connect(server, self._database) as connection:
            # Sent as a verifier: the password itself never reaches the server's log.
            verifier = connection.pgconn.encrypt_password(
                self._folder.password().encode(), OWNER.encode(), b"scram-sha-256"
            )
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(OWNER), sql.Literal(verifier.decode()))
            )
        state = self._folder.read()
        assert state is not None  # noqa: S101 - `_configure` wrote it
        self._folder.write(replace(state, ready=True))
        return server

    def _first_database(self, server: Postmaster) -> str:
        """The database that the baseline is in, or goes into."""
        with self._connect(server, "template1") as connection:
            query = "SELECT 1 FROM pg_catalog.pg_database WHERE datname = %s"
            named = connection.execute(query, [self._database]).fetchone() is not None
        return self._database if named else "postgres"

    def _connect(self, server: Postmaster, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self._running(server).conninfo(SUPERUSER, database), autocommit=True)


def _name_database(connection: psycopg.Connection[tuple[object, ...]], wanted: str) -> None:
    """Gives the first database its wanted name, and makes `postgres`, which tools connect to, again."""
    names = {str(row[0]) for row in connection.execute("SELECT datname FROM pg_catalog.pg_database")}
    if wanted not in names:
        connection.execute(sql.SQL("ALTER DATABASE postgres RENAME TO {}").format(sql.Identifier(wanted)))
        names.discard("postgres")
    if "postgres" not in names:
        connection.execute("CREATE DATABASE postgres TEMPLATE template0 STRATEGY file_copy")
