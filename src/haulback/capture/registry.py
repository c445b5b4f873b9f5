"""The rows of haulback.capture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from haulback.errors import HaulbackError
from haulback.model.capture import Capture, CaptureKind, Keeps
from haulback.model.deployment import Deployment
from haulback.pg.queries import queries

SQL = queries("haulback.capture", "sql/registry.sql")


class NoSuchCapture(HaulbackError):
    template = "the attic has no capture {id}"
    hint_template = "List what there is with: haulback attic list."


def keep(
    connection: psycopg.Connection,
    deployment: Deployment,
    keeps: Keeps,
    kind: CaptureKind,
    identity: str,
    attic_table: str,
    detail: Mapping[str, Any],
) -> Capture:
    """Registers a capture in the caller's transaction."""
    row = connection.execute(
        SQL["keep"],
        {
            "deployment": deployment.id,
            "keeps": keeps.value,
            "kind": kind.value,
            "identity": identity,
            "attic_table": attic_table,
            "detail": Jsonb(detail),
            "rows": None,
            "checksum": None,
        },
    ).fetchone()
    assert row is not None  # noqa: S101 - insert returning has one row
    return Capture(
        row[0],
        deployment.id,
        deployment.number,
        keeps,
        kind,
        identity,
        attic_table,
        detail,
        at=datetime.fromisoformat(row[1]),
    )


def captures(connection: psycopg.Connection, deployment: UUID | None = None) -> tuple[Capture, ...]:
    """All captures, or one deployment's, oldest first; none where nothing was ever installed."""
    if not _registered(connection):
        return ()
    rows = connection.execute(SQL["captures"], {"deployment": deployment, "id": None}).fetchall()
    return tuple(_capture(row) for row in rows)


def load(connection: psycopg.Connection, id_: int) -> Capture:
    """One capture as it is now.

    Raises:
        NoSuchCapture: it was purged, or never was.
    """
    row = None
    if _registered(connection):
        row = connection.execute(SQL["captures"], {"deployment": None, "id": id_}).fetchone()
    if row is None:
        raise NoSuchCapture(id=id_)
    return _capture(row)


def note(connection: psycopg.Connection, capture: Capture, **progress: Any) -> Capture:
    """Writes how far giving back has come, in the caller's transaction."""
    connection.execute(SQL["progress"], {"id": capture.id, "progress": Jsonb(progress)})
    return replace(capture, progress={**capture.progress, **progress})


def _registered(connection: psycopg.Connection) -> bool:
    row = connection.execute(SQL["registered"]).fetchone()
    return bool(row and row[0])


def _capture(row: tuple[Any, ...]) -> Capture:
    id_, deployment, number, keeps, kind, *rest, at = row
    return Capture(id_, deployment, number, Keeps(keeps), CaptureKind(kind), *(*rest, datetime.fromisoformat(at)))
