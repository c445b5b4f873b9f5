"""The journal of restores: who asked for what, and how far it came."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from haulback.errors import Exit, HaulbackError
from haulback.model.restore import Restore, RestoreEntry, RestoreEvent
from haulback.pg.queries import queries

_SQL = queries("haulback.journal", "sql/restores.sql")


class NoSuchRestore(HaulbackError):
    template = "there is no restore {number} on {target}"
    hint_template = "`haulback restore list` lists them."
    exit_code = Exit.USAGE


class JournalClosed(HaulbackError):
    template = "this role may not read the journal of {target}"
    hint_template = "Ask as the role that deploys, or grant this one USAGE on schema haulback and SELECT on its tables."
    exit_code = Exit.REFUSED


def begin(connection: psycopg.Connection, identity: str, request: Mapping[str, Any], target: str) -> Restore:
    """Records a new restore; in autocommit."""
    id_ = uuid4()
    parameters = {
        "id": id_,
        "identity": identity,
        "request": Jsonb(request),
        "target": target,
        "host": socket.gethostname(),
        "pid": os.getpid(),
    }
    with connection.transaction():
        connection.execute(_SQL["begin"], parameters)
        write(connection, id_, RestoreEvent.BEGUN)
    return next(one for one in listed(connection) if one.id == id_)


def write(
    connection: psycopg.Connection, restore: UUID, event: RestoreEvent, detail: Mapping[str, Any] | None = None
) -> None:
    """Writes an entry; inside a transaction it commits with what it tells of."""
    connection.execute(_SQL["write"], {"restore": restore, "event": event.value, "detail": Jsonb(detail or {})})


def listed(connection: psycopg.Connection, number: int | None = None) -> tuple[Restore, ...]:
    """All restores, newest first, or the one of that number; none where nothing was ever restored."""
    row = connection.execute(_SQL["installed"]).fetchone()
    if not (row and row[0]):
        return ()
    rows = connection.execute(_SQL["restores"], {"number": number}).fetchall()
    entries: dict[UUID, list[RestoreEntry]] = {row[0]: [] for row in rows}
    for restore, at, event, detail in connection.execute(_SQL["entries"], {"restores": list(entries)}):
        entries[restore].append(RestoreEntry(datetime.fromisoformat(at), RestoreEvent(event), detail))
    return tuple(
        Restore(id_, n, identity, request, datetime.fromisoformat(begun), tuple(entries[id_]))
        for id_, n, identity, request, begun in rows
    )


def load(connection: psycopg.Connection, number: int, target: str) -> Restore:
    """The restore of that number, with what the journal tells of it by now.

    Raises:
        NoSuchRestore: there is none.
    """
    found = listed(connection, number)
    if not found:
        raise NoSuchRestore(number=number, target=target)
    return found[0]
