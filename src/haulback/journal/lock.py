"""One deployment at a time: an advisory lock, polled from a session in autocommit."""

from __future__ import annotations

import os
import re
import socket
import time
from dataclasses import dataclass
from datetime import datetime

import psycopg

from haulback.errors import Exit, HaulbackError
from haulback.pg.processes import is_alive
from haulback.pg.queries import queries

_SQL = queries("haulback.journal", "sql/queries.sql")

# "haul" in ASCII; the pair is unlikely to meet an application's own lock.
LOCK_CLASS, LOCK_OBJECT = 0x6861756C, 1
_LINGERING = 10.0  # seconds for the server to end the session of a process that was killed amid a statement
_KEY = {"class": LOCK_CLASS, "object": LOCK_OBJECT}


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the deployment lock, as far as the server lets us see."""

    backend: int
    login: str | None
    application: str | None
    address: str | None
    since: datetime | None

    def __str__(self) -> str:
        since = f" since {self.since:%Y-%m-%d %H:%M:%S %Z}" if self.since else ""
        process = _SIGNED.fullmatch(self.application or "")
        where = f"pid {process['pid']} on {process['host']}" if process else self.application or "an unknown process"
        return f"{self.login or 'someone'}, {where}, backend {self.backend}{since}"

    @property
    def is_gone(self) -> bool:
        """Whether its process was one of this machine and is no more: its session then ends by itself any moment."""
        process = _SIGNED.fullmatch(self.application or "")
        if process is None or process["host"] != socket.gethostname()[:_HOST]:
            return False
        return not is_alive(int(process["pid"]))


# The host is cut so that the whole fits into an application_name, which holds 63 bytes.
_SIGNED = re.compile(r"haulback/keeper/(?P<host>.*)/(?P<pid>\d+)")
_HOST = 36


def signature(host: str, pid: int) -> str:
    """The application_name of a session that holds the deployment lock."""
    return f"haulback/keeper/{host[:_HOST]}/{pid}"


class TargetHeld(HaulbackError):
    template = "another deployment holds {target}: {holder}"
    hint_template = "Wait for it to end; `haulback status` shows how far it is."
    exit_code = Exit.HELD


class LockLost(HaulbackError):
    template = "the session that held the deployment lock of {target} is gone"
    hint_template = "Run the same command again: it reads the journal and converges."
    exit_code = Exit.ROLLBACK_INCOMPLETE


def holder(connection: psycopg.Connection) -> Holder | None:
    row = connection.execute(_SQL["holder"], _KEY).fetchone()
    return Holder(*row) if row else None


def acquire(connection: psycopg.Connection, target: str, patience: float = 0.0) -> None:
    """Takes the deployment lock for as long as the session lives.

    Args:
        connection: a session in autocommit, kept open for the whole deployment.
        target: its name, for the message.
        patience: seconds to go on trying.

    Raises:
        TargetHeld: somebody else has it.
    """
    deadline = time.monotonic() + patience
    # Signed first: whoever finds the lock held after our death must be able to tell that nobody is there any more.
    connection.execute(_SQL["sign"], {"name": signature(socket.gethostname(), os.getpid())})
    while True:
        row = connection.execute(_SQL["try_lock"], _KEY).fetchone()
        if row and row[0]:
            return
        if time.monotonic() >= deadline:
            found = holder(connection)
            if (found is None or found.is_gone) and time.monotonic() < deadline + _LINGERING:
                time.sleep(0.1)
                continue
            described = str(found) if found else "it has just gone, try again"
            raise TargetHeld(target=target, holder=described)
        time.sleep(0.1)


def require_held(work: psycopg.Connection, backend: int, target: str) -> None:
    """Fences a commit: raises LockLost unless `backend` still holds the lock.

    Asked inside the transaction that is about to commit, so that a deployer whose lock session died cannot
    commit beside the one that took over.
    """
    row = work.execute(_SQL["is_held"], {**_KEY, "backend": backend}).fetchone()
    if row is None or not row[0]:
        raise LockLost(target=target)
