"""A base backup as the server sends it: every archive and the manifest in one stream, with nothing on a disk of ours.

Source: PostgreSQL's "Streaming Replication Protocol", the command BASE_BACKUP as it is from version 15 on. It goes
through our own libpq, which knows TLS and every setting of the target, and ends with us: no child outlives us.
"""

from __future__ import annotations

import re
import secrets
import select
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import psycopg
from psycopg import pq, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

MANIFEST = "backup_manifest"
_ARCHIVE = re.compile(r"^(?:base|\d+)\.tar$")
_LOOK = 1000  # ms
# A server that is gone without a word is noticed: nothing of ours is on its way meanwhile that would tell.
_ALIVE = {"keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
_COPIES = frozenset({pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT})


@dataclass(frozen=True, slots=True)
class Part:
    """One archive, or the manifest.

    Attributes:
        name: `base.tar`, `16385.tar` for the tablespace of that OID, or `backup_manifest`, which comes last.
        location: of a tablespace on the server; else empty.
        pieces: its bytes; valid until the next part is asked for.
    """

    name: str
    location: str
    pieces: Iterator[memoryview]


@dataclass(frozen=True, slots=True)
class BaseBackup:
    """A base backup that is underway.

    Attributes:
        system: identifier of the cluster.
        about: bytes that will come, as the server estimates.
        parts: to be read in order; ends when the server has said that all went well.
    """

    system: str
    about: int
    parts: Iterator[Part]


@contextmanager
def begun(conninfo: str, label: str, since: Iterable[bytes] | None = None) -> Iterator[BaseBackup]:
    """Begins a base backup, which is over, one way or another, after the block.

    A slot of the session's own keeps the log that is written meanwhile, which comes last in `base.tar`.

    Args:
        conninfo: of a role with REPLICATION.
        label: of the backup.
        since: the manifest of the backup that an incremental one builds on.

    Raises:
        psycopg.Error: in the server's words; whatever came so far is no backup.
    """
    parameters = {**_ALIVE, **conninfo_to_dict(conninfo), "replication": "true"}
    with closing(psycopg.connect(make_conninfo("", **parameters), autocommit=True)) as connection:
        connection.pgconn.nonblocking = 0  # for what we send; what comes is waited for so that a signal is heard
        wire = _Wire(connection.pgconn)
        system = wire.rows(sql.SQL("IDENTIFY_SYSTEM"))[0][0]
        slot = sql.Identifier(f"haulback_backup_{secrets.token_hex(4)}")
        wire.run(sql.SQL("CREATE_REPLICATION_SLOT {} TEMPORARY PHYSICAL (RESERVE_WAL)").format(slot))
        if since is not None:
            wire.run(sql.SQL("UPLOAD_MANIFEST"))
            wire.send(since)
        options = [
            sql.SQL("LABEL {}").format(sql.Literal(label)),
            # As a file: a link in an archive leads no further than a hundred bytes.
            *map(sql.SQL, ("TABLESPACE_MAP", "PROGRESS", "CHECKPOINT 'fast'", "WAL", "WAIT 'off'", "MANIFEST 'yes'")),
            *([sql.SQL("INCREMENTAL")] if since is not None else []),
        ]
        _start, spaces, *_ = wire.run(sql.SQL("BASE_BACKUP ({})").format(sql.SQL(", ").join(options)))
        about = sum(int(size) for *_, size in _rows(spaces) if size) * 1024
        yield BaseBackup(system, about, _parts(wire))


def _parts(wire: _Wire) -> Iterator[Part]:
    for (name, location), pieces in groupby(_pieces(wire), key=lambda one: one[0]):
        yield Part(name, location, (piece for _, piece in pieces))


def _pieces(wire: _Wire) -> Iterator[tuple[tuple[str, str], memoryview]]:
    """Every message that holds bytes, with the name and the location of the part that they belong to."""
    part = ("", "")
    while (message := wire.message()) is not None:
        kind, body = bytes(message[:1]), message[1:]
        if kind == b"d":
            yield part, body
        elif kind == b"m":
            part = (MANIFEST, "")
        elif kind == b"n":
            name, location, *_ = bytes(body).decode(errors="replace").split("\0")
            if not _ARCHIVE.match(name):
                raise psycopg.OperationalError("the server sends an archive of an unknown name")
            part = (name, location)
    wire.end()


class _Wire:
    """Commands of the replication protocol, which know capitals alone and no parameters, and what comes back."""

    def __init__(self, pgconn: PGconn) -> None:
        self._pgconn = pgconn
        self._poll = select.poll()
        self._poll.register(pgconn.socket, select.POLLIN)

    def run(self, command: sql.Composable) -> list[PGresult]:
        """The results of a command, up to the one that begins a copy."""
        self._pgconn.send_query(command.as_bytes(None))
        return self._results()

    def rows(self, command: sql.Composable) -> list[list[str]]:
        return _rows(self.run(command)[0])

    def send(self, pieces: Iterable[bytes]) -> None:
        """All of a copy to the server."""
        for piece in pieces:
            self._pgconn.put_copy_data(piece)
        self._pgconn.put_copy_end()
        self._results()

    def message(self) -> memoryview | None:
        """The next message of a copy from the server; None behind the last."""
        length, found = self._pgconn.get_copy_data(1)
        if not length:
            self._pgconn.consume_input()  # what TLS has decrypted already does not show on the socket
            length, found = self._pgconn.get_copy_data(1)
        while not length:
            self._wait()
            length, found = self._pgconn.get_copy_data(1)
        return found if length > 0 else None

    def end(self) -> None:
        """Hears how a copy ended."""
        self._results()

    def _results(self) -> list[PGresult]:
        found = []
        while (result := self._result()) is not None:
            if result.status == pq.ExecStatus.FATAL_ERROR:
                raise psycopg.errors.error_from_result(result)
            found.append(result)
            if result.status in _COPIES:
                break
        return found

    def _result(self) -> PGresult | None:
        while self._pgconn.is_busy():
            self._wait()
        return self._pgconn.get_result()

    def _wait(self) -> None:
        self._poll.poll(_LOOK)
        self._pgconn.consume_input()


def _rows(result: PGresult) -> list[list[str]]:
    return [
        [(result.get_value(row, column) or b"").decode() for column in range(result.nfields)]
        for row in range(result.ntuples)
    ]
