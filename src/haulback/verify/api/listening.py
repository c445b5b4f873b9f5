"""Who hears through Realtime of a row of user A, held against who may read it by the database.

Whoever may read it must hear of it. Whoever may not is waited for a while longer, once all others have heard: what
Realtime sends goes out in the order of the log, so what did not come by then does not come.
"""

from __future__ import annotations

import time
from collections.abc import Container, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from haulback.verify._stage import NoAnswer, rolled_back
from haulback.verify.api import callers, canary, trying
from haulback.verify.api.access import Access
from haulback.verify.api.callers import Caller
from haulback.verify.api.making import Row, Shape
from haulback.verify.api.sockets import Message, Refused, Socket, opened
from haulback.verify.api.trying import Table, Try, Verdict

_PATIENCE = 10.0  # seconds for each thing that must come
_GRACE = 1.0  # seconds that an event gets that must not come; those that must come take milliseconds
_LEAST = 0.25  # seconds for each of them, to go through what came meanwhile of other rows
_SILENT: Mapping[str, Any] = {"broadcast": {"self": False, "ack": False}, "presence": {"key": ""}, "private": False}


@dataclass(frozen=True, slots=True)
class Listener:
    """One who listens, or why it could not."""

    caller: Caller
    socket: Socket | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one table; `seconds` from the request for the row to its event at user A's socket, or the first."""

    tries: list[Try]
    seconds: float | None = None


class _Unsubscribed(NoAnswer):
    """The channel was joined, and changes of the table do not come."""


def heard(table: Table, access: Access, row: Row) -> Heard:
    """Lays a row, and sees whom Realtime tells of it.

    Raises:
        NotServed: there is no Realtime.
        NoAnswer: no row could be laid, or a socket was closed.
    """
    with ExitStack() as stack:
        # User A first: the time until they hear is what is told.
        asking = sorted(table.callers.welcome, key=lambda one: one.id != "a")
        listeners = [_listening(stack, access, one, table) for one in asking]
        with canary.kept(table.connection, table.ledger, trying.laid(table, row)):
            begun = time.monotonic()
            trying.lay(table, row)
            due = frozenset(one.id for one in asking if _may_read(table, one, row))
            came = _came(listeners, row, due, begun)
    tries = [_judged(table, one, due=one.caller.id in due, came=one.caller.id in came) for one in listeners]
    refused = [_turned_away(access, one, table) for one in table.callers.present if not one.welcome]
    return Heard([*tries, *refused], came.get("a", min(came.values(), default=None)))


def _came(listeners: Sequence[Listener], row: Row, due: Container[str], begun: float) -> dict[str, float]:
    """Who heard, after how many seconds."""
    came: dict[str, float] = {}

    def listen(one: Listener, seconds: float) -> None:
        if one.socket is not None and one.socket.heard(lambda message: _tells_of(message, row), seconds):
            came[one.caller.id] = time.monotonic() - begun

    for one in listeners:
        if one.caller.id in due:
            listen(one, _PATIENCE)
    until = time.monotonic() + _GRACE
    for one in listeners:
        if one.caller.id not in due:
            listen(one, max(_LEAST, until - time.monotonic()))
    return came


def _listening(stack: ExitStack, access: Access, caller: Caller, table: Table) -> Listener:
    key = callers.key(access, caller)
    if key is None:
        return Listener(caller, None, "there is no key for it (set SUPABASE_ANON_KEY)")
    try:
        socket = stack.enter_context(opened(table.client.address, key, _PATIENCE))
        _subscribe(socket, caller.token, table.shape)
    except (Refused, _Unsubscribed) as reason:
        return Listener(caller, None, str(reason))
    return Listener(caller, socket)


def _subscribe(socket: Socket, token: str | None, shape: Shape) -> None:
    """Returns when changes come: Realtime says so in a message of its own, after the answer to the join."""
    topic = f"realtime:haulback-verify-{uuid4()}"
    inserts = {"event": "INSERT", "schema": shape.schema, "table": shape.table}
    socket.join(topic, {**_SILENT, "postgres_changes": [inserts]}, token, _PATIENCE)
    told = socket.heard(lambda one: (one.topic, one.event) == (topic, "system"), _PATIENCE)
    if told is None or not told.is_ok:
        raise _Unsubscribed(str(told.payload.get("message")) if told else "Realtime does not say that changes come")


def _turned_away(access: Access, caller: Caller, table: Table) -> Try:
    """Whether a token that is no good is refused, at the handshake or by the join."""
    where = f"{caller.name} joins a channel of Realtime"
    try:
        with opened(table.client.address, access.api_key or caller.token, _PATIENCE) as socket:
            socket.join(f"realtime:haulback-verify-{uuid4()}", _SILENT, caller.token, _PATIENCE)
    except Refused:
        return Try(Verdict.RIGHT)
    except NoAnswer as reason:
        return Try(Verdict.UNTOLD, f"{where}: {reason}")
    return Try(Verdict.BREACH, where)


def _judged(table: Table, one: Listener, *, due: bool, came: bool) -> Try:
    name, caller = table.shape.name, one.caller.name
    if came and not due:
        return Try(Verdict.BREACH, f"Realtime tells {caller} of a row of {name} that the database hides from it")
    if came or not due:
        return Try(Verdict.RIGHT)
    if one.socket is None:
        return Try(Verdict.UNTOLD, f"{caller} could not listen to {name}: {one.problem}")
    return Try(Verdict.BROKEN, f"Realtime does not tell {caller} of a row of {name} that it may read")


def _may_read(table: Table, caller: Caller, row: Row) -> bool:
    with rolled_back(table.connection):
        return trying.may(table, caller, "SELECT", row)


def _tells_of(message: Message, row: Row) -> bool:
    """Whether this is the row: by what it is known by, as far as the listener is told of that."""
    told = message.payload.get("data") if message.event == "postgres_changes" else None
    record = told.get("record") if isinstance(told, dict) else None
    if not isinstance(record, dict):
        return False
    known = {name: value for name, value in row.known_by.items() if name in record}
    return bool(known) and all(str(record[name]) == str(value) for name, value in known.items())
