"""Where a private cluster keeps its things, and what it remembers of itself."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from haulback.errors import HaulbackError
from haulback.pg.os_user import OsUser

_LOCK_SECONDS = 120.0
_POLL_SECONDS = 0.02
_LARGEST_LOG = 16 * 1024 * 1024
_LONGEST_ROOT = 107 - len("/haulback-0123456789ab-99/.s.PGSQL.65535.lock")


class ClusterBusy(HaulbackError):
    template = "another process has been starting or stopping the cluster {name} for {seconds:.0f} s"
    hint_template = "Wait for it, or look for it with: fuser {lock}"


@dataclass(frozen=True, slots=True)
class State:
    """What a cluster remembers between two runs of ours.

    Attributes:
        major: of the binaries that made it.
        port: chosen once, again only when somebody else has taken it.
        socket_dir: of its Unix socket.
        database: the one that `postgres` owns.
        ready: whether it was made to the end, baseline and password included.
    """

    major: int
    port: int
    socket_dir: str
    database: str
    ready: bool


class ClusterFolder:
    """The folder `clusters/<name>` below a home folder."""

    def __init__(self, home: Path, name: str) -> None:
        self.name = name
        self.path = home.absolute() / "clusters" / name
        self.data = self.path / "data"
        self.log = self.path / "log" / "server.log"
        self.archive = self.path / "archive"
        self.extensions = self.path / "extensions"
        self.passfile = self.path / "pgpass"
        self.lock = self.path.parent / f"{name}.lock"
        self._state = self.path / "state.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds off every other process that would start, stop or destroy this cluster.

        The lock goes with its holder, however that ends.

        Raises:
            ClusterBusy: it was not to be had in two minutes.
        """
        self.lock.parent.mkdir(parents=True, exist_ok=True)
        with self.lock.open("w") as file:
            deadline = time.monotonic() + _LOCK_SECONDS
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise ClusterBusy(name=self.name, seconds=_LOCK_SECONDS, lock=self.lock) from None
                    time.sleep(_POLL_SECONDS)
            yield

    def make(self, owner: OsUser) -> None:
        """Makes the folder and those in it that the server writes to; leaves alone what is there."""
        self.path.mkdir(parents=True, exist_ok=True)
        # The server's user has to get through to its data; the password file has its own mode.
        self.path.chmod(0o711 if owner.switch else 0o700)
        self.log.parent.mkdir(exist_ok=True)
        self.archive.mkdir(exist_ok=True, mode=0o700)
        owner.own(self.archive)

    def read(self) -> State | None:
        """What is remembered; None when there is nothing, or nothing that can be read."""
        try:
            return State(**json.loads(self._state.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, state: State) -> None:
        write_whole(self._state, json.dumps(asdict(state)) + "\n")

    def rotate_log(self) -> None:
        """Puts a log that has grown large aside, in place of the one put aside before; for a stopped server."""
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_name("server.log.1"))

    def password(self) -> str:
        """The password of `postgres` over TCP, made when there is none; kept in a pgpass file."""
        try:
            return self.passfile.read_text(encoding="utf-8").strip().rpartition(":")[2]
        except FileNotFoundError:
            # URL-safe letters only: a colon or a backslash would need escaping in the file.
            password = secrets.token_urlsafe(24)
            write_whole(self.passfile, f"127.0.0.1:*:*:postgres:{password}\n")
            return password


def write_whole(path: Path, text: str, mode: int = 0o600) -> None:
    """Replaces a file so that a crash leaves the old text or the new, never a part."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def socket_folder(data: Path, owner: OsUser) -> Path:
    """Makes, or finds, the private folder of a cluster's Unix socket.

    It cannot be below the data: a socket's path may have 107 bytes. It is keyed by the data's path. A folder
    of that name that is not ours alone is somebody else's doing, and another name is taken.
    """
    runtime = None if owner.switch else os.environ.get("XDG_RUNTIME_DIR")
    wanted = runtime if runtime and Path(runtime).is_dir() else tempfile.gettempdir()
    root = Path(wanted if len(wanted.encode()) <= _LONGEST_ROOT else "/tmp")  # noqa: S108 - the folder is private
    key = sha256(f"{owner.uid}:{data}".encode()).hexdigest()[:12]
    for suffix in ("", *(f"-{n}" for n in range(2, 100))):
        folder = root / f"haulback-{key}{suffix}"
        try:
            folder.mkdir(mode=0o700)
            owner.own(folder)
        except FileExistsError:
            pass
        found = folder.lstat()
        private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == stat.S_IRWXU
        if private and found.st_uid == owner.uid:
            return folder
        if private and found.st_uid == os.geteuid():  # we were killed between making it and giving it away
            owner.own(folder)
            return folder
    message = f"no private folder for sockets can be made in {root}"
    raise OSError(message)


def free_port(wanted: int | None) -> int:
    """`wanted` if it is free on 127.0.0.1, else a port that is."""
    for port in (*([wanted] if wanted else []), 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    message = "no free port on 127.0.0.1"
    raise OSError(message)


def remove(path: Path) -> None:
    """Removes a folder in a way that no crash leaves half of it under its name."""
    if path.exists():
        doomed = path.with_name(f"{path.name}.doomed")
        shutil.rmtree(doomed, ignore_errors=True)
        path.rename(doomed)
    shutil.rmtree(path.with_name(f"{path.name}.doomed"), ignore_errors=True)
