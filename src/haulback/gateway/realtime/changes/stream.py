"""PostgreSQL's log as a stream: a logical slot over the replication protocol, with the output plugin pgoutput.

Source: PostgreSQL's documentation, "Streaming Replication Protocol". The slot is temporary unless it is given a name:
it ends with the connection and holds back no log after us.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import struct
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import generators, pq, sql
from psycopg.conninfo import make_conninfo
from psycopg.pq.abc import PGconn, PGresult

_WRITE = struct.Struct("!QQq")  # where the message begins, where the log ends, when it was sent
_ALIVE = struct.Struct("!QqB")  # where the log ends, when it was sent, whether an answer is asked for
_STATUS = struct.Struct("!cQQQqB")
_EPOCH = 946_684_800.0
_BUFFERED = 8 * 1024 * 1024  # bytes that wait for us before no more are read
_STATUS_EVERY = 5.0
_GOODBYE = 2.0

# The texts of values do not depend on the settings of a server, a database or a role.
_SETTINGS = {
    "datestyle": "ISO,MDY",
    "timezone": "UTC",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "client_encoding": "UTF8",
}
OPTIONS = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items() if name != "client_encoding")

_MOST_SLOTS = 64


class Ended(Exception):
    """The stream is over; str() says why. state: the code of the error that ended it, if any."""

    def __init__(self, why: str, state: str | None = None) -> None:
        super().__init__(why)
        self.state = state


@dataclass(frozen=True, slots=True)
class Slot:
    """Which slot is read from: a temporary one, or, by the beginning of a name, one that stays.

    Attributes:
        name: `NAME_0` is taken, or the next number whose slot nobody reads from; None for a temporary slot.
        bound: bytes of the log that a slot may be behind before it is given up.
    """

    name: str | None = None
    bound: int = 1024 * 1024 * 1024


class Stream:
    """An open stream. Whoever has it takes what came with `taken` and says with `handed_out` how far they got.

    Attributes:
        slot: its name.
        resumed: whether it goes on where an earlier stream was left.
        end_of_log: the newest position that the server told.
    """

    def __init__(
        self,
        connection: psycopg.AsyncConnection,
        loop: asyncio.AbstractEventLoop,
        slot: str,
        *,
        temporary: bool,
        resumed: bool,
    ) -> None:
        self._connection = connection
        self._pg: PGconn = connection.pgconn
        self._loop = loop
        self._came: deque[tuple[int, bytes]] = deque()
        self._buffered = 0
        self._news = asyncio.Event()
        self._ended: Ended | None = None
        self._paused = self._writing = False
        self._handed_out = 0
        self._told = 0.0
        self._in_hand = False
        self._ends_whole = True
        self.slot = slot
        self.resumed = resumed
        self._temporary = temporary
        self.end_of_log = 0

    @property
    def outstanding(self) -> bool:
        """Whether something came that was not handed out yet."""
        return self._in_hand or bool(self._came)

    async def taken(self, wait: float) -> list[tuple[int, bytes]]:
        """What came since the last call: positions in the log and messages of pgoutput; nothing after `wait` seconds.

        Raises:
            Ended: nothing will come any more.
        """
        # Whoever asks again has handed out what it had; the rest of an open transaction is still to come.
        self._in_hand = self._in_hand and not self._ends_whole
        if not self._came:
            if self._ended is not None:
                raise self._ended
            self._news.clear()
            try:
                async with asyncio.timeout(wait):
                    await self._news.wait()
            except TimeoutError:
                pass
            if not self._came and self._ended is not None:
                raise self._ended
        came = list(self._came)
        self._came.clear()
        self._buffered = 0
        if came:
            self._in_hand, self._ends_whole = True, came[-1][1][:1] == b"C"
        if self._paused and self._ended is None:
            self._paused = False
            self._loop.add_reader(self._pg.socket, self._readable)
        self._beat()
        return came

    def handed_out(self, lsn: int) -> None:
        """Everything before a position of the log was handed out: the server need not keep it for us."""
        self._handed_out = max(self._handed_out, lsn)
        self._beat()

    async def close(self) -> None:
        """Ends the stream, and a temporary slot at once: who comes next, to drop the database, may not find it."""
        alive = self._ended is None
        self._end("closed")
        try:
            if alive:
                async with asyncio.timeout(_GOODBYE):
                    await self._quit()
        except (psycopg.Error, TimeoutError):
            pass
        finally:
            await self._connection.close()

    def look(self) -> None:
        """Reads what has come; called every now and then (see `Lane.look`)."""
        if self._ended is None and not self._paused:
            self._readable()

    def begin(self) -> None:
        self._pg.nonblocking = 1
        self._loop.add_reader(self._pg.socket, self._readable)
        self._readable()

    async def _quit(self) -> None:
        readable = asyncio.Event()
        pg = self._pg
        pg.put_copy_end()
        pg.flush()
        self._loop.add_reader(pg.socket, readable.set)
        try:
            while True:
                size, _ = pg.get_copy_data(1)
                if size < 0:
                    break
                if size == 0:
                    readable.clear()
                    await readable.wait()
                    pg.consume_input()
        finally:
            self._loop.remove_reader(pg.socket)
        await self._connection.wait(generators.fetch_many(pg))
        if self._temporary:
            await self._connection.execute(sql.SQL("DROP_REPLICATION_SLOT {}").format(sql.Identifier(self.slot)))

    def _readable(self) -> None:
        try:
            self._pg.consume_input()
            while self._ended is None:
                size, copied = self._pg.get_copy_data(1)
                if size == 0:
                    break
                if size < 0:
                    self._end(*_last_words(self._pg.get_result()))
                    return
                self._take(bytes(copied))
        except psycopg.Error as broken:
            self._end(str(broken).strip())
            return
        if self._buffered > _BUFFERED and not self._paused:
            self._paused = True
            self._loop.remove_reader(self._pg.socket)

    def _take(self, copied: bytes) -> None:
        if copied[:1] == b"w":
            lsn, end, _ = _WRITE.unpack_from(copied, 1)
            self.end_of_log = max(self.end_of_log, end)
            payload = copied[1 + _WRITE.size :]
            self._came.append((lsn, payload))
            self._buffered += len(payload) + 64
            self._news.set()
        elif copied[:1] == b"k":
            end, _, asked = _ALIVE.unpack_from(copied, 1)
            self.end_of_log = max(self.end_of_log, end)
            if not self.outstanding:
                self._handed_out = max(self._handed_out, end)  # nothing in between was for us
            self._beat(now=bool(asked))

    def _beat(self, *, now: bool = False) -> None:
        """Tells the server how far we are, when it asks and every few seconds."""
        moment = self._loop.time()
        if self._ended is not None or not (now or moment - self._told > _STATUS_EVERY):
            return
        self._told = moment
        lsn = self._handed_out
        told = _STATUS.pack(b"r", lsn, lsn, lsn, int((time.time() - _EPOCH) * 1e6), 0)
        try:
            self._pg.put_copy_data(told)
            self._flush()
        except psycopg.Error as broken:
            self._end(str(broken).strip())

    def _flush(self) -> None:
        left = self._pg.flush()
        if left and not self._writing:
            self._writing = True
            self._loop.add_writer(self._pg.socket, self._flush)
        elif not left and self._writing:
            self._writing = False
            self._loop.remove_writer(self._pg.socket)

    def _end(self, why: str, state: str | None = None) -> None:
        if self._ended is not None:
            return
        self._ended = Ended(why, state)
        self._news.set()
        if self._pg.status == pq.ConnStatus.OK:
            self._loop.remove_reader(self._pg.socket)
            if self._writing:
                self._loop.remove_writer(self._pg.socket)


async def opened(parameters: Mapping[str, str], slot: Slot, publications: Sequence[str]) -> Stream:
    """A stream of what these publications publish: from now on, or from where the slot stands that stayed.

    Args:
        parameters: libpq keywords of a login that has REPLICATION, with its password.
        slot: to read from; made where it is not there.
        publications: that must be there.

    Raises:
        psycopg.Error: the server cannot be reached, or refuses.
    """
    told = {"application_name": "haulback serve: changes", "options": OPTIONS, "replication": "database"}
    connection = await psycopg.AsyncConnection.connect(make_conninfo(**{**parameters, **told}), autocommit=True)
    try:
        if slot.name is None:
            name, resumed = f"haulback_realtime_{os.getpid()}_{secrets.token_hex(4)}", False
            await _make(connection, name, temporary=True)
            await _start(connection, name, publications)
        else:
            name, resumed = await _started_of(connection, slot.name, publications)
    except BaseException:
        await connection.close()
        raise
    loop = asyncio.get_running_loop()
    stream = Stream(connection, loop, name, temporary=slot.name is None, resumed=resumed)
    stream.begin()
    return stream


async def _started_of(
    connection: psycopg.AsyncConnection, prefix: str, publications: Sequence[str]
) -> tuple[str, bool]:
    """Reads from the first slot of a row that nobody else reads from; whether it was there before."""
    for number in range(_MOST_SLOTS):
        name = f"{prefix}_{number}"
        made = await _make(connection, name, temporary=False)
        try:
            await _start(connection, name, publications)
        except psycopg.errors.ObjectInUse:
            if number == _MOST_SLOTS - 1:
                raise
        except psycopg.errors.ObjectNotInPrerequisiteState:
            # The server gave up the log that it stood for: whatever it missed is lost, so it begins anew.
            await connection.execute(sql.SQL("DROP_REPLICATION_SLOT {}").format(sql.Identifier(name)))
            await _make(connection, name, temporary=False)
            await _start(connection, name, publications)
            return name, False
        else:
            return name, not made
    raise AssertionError


async def _make(connection: psycopg.AsyncConnection, name: str, *, temporary: bool) -> bool:
    """Makes a slot; False where a lasting one of the name is there."""
    kind = sql.SQL("TEMPORARY " if temporary else "")
    command = sql.SQL("CREATE_REPLICATION_SLOT {} {}LOGICAL pgoutput NOEXPORT_SNAPSHOT")
    try:
        await connection.execute(command.format(sql.Identifier(name), kind))
    except psycopg.errors.DuplicateObject:
        if temporary:
            raise
        return False
    return True


async def _start(connection: psycopg.AsyncConnection, name: str, publications: Sequence[str]) -> None:
    names = ",".join(sql.Identifier(one).as_string() for one in publications)
    command = sql.SQL("START_REPLICATION SLOT {} LOGICAL 0/0 (proto_version '1', publication_names {})")
    pg = connection.pgconn
    pg.send_query(command.format(sql.Identifier(name), sql.Literal(names)).as_bytes(connection))
    results = await connection.wait(generators.execute(pg))
    if results[-1].status != pq.ExecStatus.COPY_BOTH:
        raise psycopg.errors.error_from_result(results[-1])


def _last_words(result: PGresult | None) -> tuple[str, str | None]:
    if result is None:
        return "the server ended the stream", None
    message = result.error_message.decode("utf-8", "replace").strip()
    state = result.error_field(pq.DiagnosticField.SQLSTATE)
    return message or "the server ended the stream", state.decode() if state else None
