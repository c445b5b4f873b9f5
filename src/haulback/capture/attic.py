"""The attic itself: making it, looking into it, counting what lies there, and clearing it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import psycopg
from psycopg import sql

from haulback.capture import live, registry
from haulback.capture.naming import SCHEMA
from haulback.capture.registry import SQL
from haulback.clock import Clock, SystemClock
from haulback.errors import Exit, HaulbackError
from haulback.model.capture import AtticEntry, Capture, CaptureKind, Keeps
from haulback.pg.queries import script

_TRIES, _PAUSE = 10, 0.2  # seconds


class CaptureDamaged(HaulbackError):
    template = "capture {id} of {identity} holds {found} rows and should hold {rows}, or their content changed"
    hint_template = "Nothing of it was used. Restore the attic from a backup, or purge it: haulback attic purge {id}."
    exit_code = Exit.UNVERIFIED


class CaptureBusy(HaulbackError):
    template = "capture {id} of {identity} is in use"
    hint_template = "An open transaction reads it or erases a user from it. Run the same command again when it ended."
    exit_code = Exit.REFUSED


def install(connection: psycopg.Connection) -> None:
    """Makes the attic and its erasure where they are missing; may run inside a transaction.

    An erasure that an older Haulback made does not know what this one keeps, so it is made anew.
    """
    text = script("haulback.capture", "sql/attic.sql")
    row = connection.execute(SQL["installed"], {"erasure": text.split("$$")[1]}).fetchone()
    if row and not row[0]:
        connection.execute(text)


def leaks(connection: psycopg.Connection) -> tuple[tuple[str, str], ...]:
    """(name in the attic, what outside refers to it); empty as it should be."""
    return tuple((row[0], row[1]) for row in connection.execute(SQL["leaks"]).fetchall())


def missing(connection: psycopg.Connection) -> frozenset[str]:
    """Names of the tables that the registry tells of and the attic has not."""
    return frozenset(row[0] for row in connection.execute(SQL["missing"]).fetchall())


def count(connection: psycopg.Connection, capture: Capture) -> Capture:
    """Counts and sums the rows of a capture once it is committed, and writes both down.

    Takes no lock but on the capture's own row in the registry: an erasure at the same time is waited for.
    """
    if not capture.holds_rows:
        return capture
    with connection.transaction():
        connection.execute(SQL["lock"], {"id": capture.id})
        rows, checksum = measure(connection, capture)
        connection.execute(SQL["counted"], {"id": capture.id, "rows": rows, "checksum": checksum})
    return replace(capture, rows=rows, checksum=checksum)


def measure(connection: psycopg.Connection, capture: Capture) -> tuple[int, str]:
    """The rows of a capture and their sum, read now, inside the caller's transaction.

    What a migration made of its columns adds to the sum.
    """
    connection.execute(live.SQL["canonical"])
    rows, checksum = 0, 0
    for name in _tables(capture):
        row = connection.execute(
            sql.SQL(
                "select pg_catalog.count(*), coalesce(pg_catalog.sum("
                "pg_catalog.hashtextextended(k::pg_catalog.text, 0)::pg_catalog.numeric), 0) from {} as k"
            ).format(sql.Identifier(SCHEMA, name))
        ).fetchone()
        assert row is not None  # noqa: S101 - an aggregate has one row
        rows += row[0] if name == capture.attic_table else 0
        checksum += int(row[1])
    return rows, str(checksum)


def check(connection: psycopg.Connection, capture: Capture) -> None:
    """Refuses a capture whose content is not what was kept.

    Raises:
        CaptureDamaged: somebody changed it, or lost it.
    """
    if capture.rows is None or not capture.holds_rows:
        return
    with connection.transaction():
        connection.execute(SQL["lock"], {"id": capture.id})
        known = registry.load(connection, capture.id)
        found = measure(connection, known)
    if found != (known.rows, known.checksum):
        raise CaptureDamaged(id=known.id, identity=known.identity, rows=known.rows, found=found[0])


def require_sound(connection: psycopg.Connection, deployment: UUID) -> None:
    """Reads all that a deployment kept of before, so that nothing is changed where some of it is damaged.

    Raises:
        CaptureDamaged: somebody changed one of them, or lost it.
    """
    for capture in registry.captures(connection, deployment):
        if capture.keeps is not Keeps.BEFORE or capture.rows is None or not capture.holds_rows:
            continue
        if any(live.kept_table(connection, name) is None for name in _tables(capture)):
            raise CaptureDamaged(id=capture.id, identity=capture.identity, rows=capture.rows, found="no")
        check(connection, capture)


def entries(
    connection: psycopg.Connection,
    deployment: UUID | None = None,
    *,
    clock: Clock | None = None,
    verify: bool = False,
) -> tuple[AtticEntry, ...]:
    """What lies in the attic, oldest first.

    Args:
        connection: in autocommit.
        deployment: only of this one.
        clock: for the ages.
        verify: read every row and compare the checksum; else a damage is not looked for.
    """
    captures = registry.captures(connection, deployment)
    return tuple(entry(connection, one, clock=clock, verify=verify) for one in captures)


def entry(
    connection: psycopg.Connection, capture: Capture, *, clock: Clock | None = None, verify: bool = False
) -> AtticEntry:
    """One capture as a person sees it; arguments as of `entries`."""
    left: dict[str, int] = {}
    if live.kept_name(connection, "left_behind"):  # not where somebody dropped the whole attic
        left = dict(connection.execute(SQL["left_behind"], {"id": capture.id}).fetchall())
    seconds = ((clock or SystemClock()).now() - capture.at).total_seconds() if capture.at else 0.0
    state = _state(connection, capture, verify=verify)
    checksum = ""
    if state == "damaged":
        checksum = "wrong"
    elif capture.checksum is not None:
        checksum = "right" if verify else "unknown"
    return AtticEntry(capture, size(connection, capture), state, seconds, left, checksum)


def given_back(capture: Capture) -> bool:
    """Whether everything that can go back from it has."""
    if capture.kind is CaptureKind.CHANGED_ROWS:
        marks = [mark for part, mark in capture.progress.items() if part != "settled"]
        return bool(marks) and all(isinstance(mark, Mapping) and mark.get("over") for mark in marks)
    return any(capture.progress.get(part, {}).get("over") for part in ("merge", "fill"))


def size(connection: psycopg.Connection, capture: Capture) -> int:
    """Bytes that a capture takes on disk, with its indexes and partitions."""
    row = connection.execute(SQL["size"], {"names": _relations(capture)}).fetchone()
    return int(row[0]) if row else 0


def purge(connection: psycopg.Connection, capture: Capture, clock: Clock | None = None) -> None:
    """Destroys one capture for good; types that nothing in the attic needs any more go with it.

    An erasure that is at work there is waited for, a little at a time: other erasures queue up behind us.

    Raises:
        CaptureBusy: it did not end.
    """
    for _ in range(_TRIES):
        try:
            with connection.transaction():
                connection.execute("set local lock_timeout = '500ms'")
                _destroy(connection, capture)
            break
        except psycopg.errors.LockNotAvailable:
            (clock or SystemClock()).sleep(_PAUSE)
    else:
        raise CaptureBusy(id=capture.id, identity=capture.identity)
    for other in reversed(registry.captures(connection, capture.deployment)):
        if other.kind is CaptureKind.MOVED_TYPE and other.id != capture.id:
            try:
                purge_type(connection, other)
            except psycopg.errors.DependentObjectsStillExist:
                continue


def _destroy(connection: psycopg.Connection, capture: Capture) -> None:
    for name in _tables(capture):
        connection.execute(sql.SQL("drop {} if exists {}").format(_noun(capture), sql.Identifier(SCHEMA, name)))
    if live.kept_name(connection, "left_behind"):  # not where somebody dropped the whole attic
        connection.execute(SQL["forget_left_behind"], {"id": capture.id})
    connection.execute(SQL["forget"], {"id": capture.id})


def purge_type(connection: psycopg.Connection, capture: Capture) -> None:
    """Drops a type of the attic unless something uses it."""
    with connection.transaction():
        name = sql.Identifier(SCHEMA, capture.attic_table)
        connection.execute(sql.SQL("drop {} if exists {}").format(_noun(capture), name))
        connection.execute(SQL["forget"], {"id": capture.id})


def _noun(capture: Capture) -> sql.SQL:
    if capture.kind is CaptureKind.MOVED_SEQUENCE:
        return sql.SQL("sequence")
    if capture.kind is CaptureKind.MOVED_TYPE:
        return sql.SQL("domain") if capture.detail.get("form") == "d" else sql.SQL("type")
    return sql.SQL("table")


def _relations(capture: Capture) -> Sequence[str]:
    return [*_tables(capture), *(part["attic_table"] for part in capture.detail.get("parts", ()))]


def _tables(capture: Capture) -> list[str]:
    """The relation of the capture, and what a migration made of retyped columns."""
    return [capture.attic_table, *([capture.after_table] if capture.after_table else [])]


def _state(connection: psycopg.Connection, capture: Capture, *, verify: bool) -> str:
    if not capture.holds_rows:
        return "kept"
    if any(live.kept_table(connection, name) is None for name in _tables(capture)):
        return "damaged"
    if capture.rows is None:
        return "not counted"
    if verify:
        try:
            check(connection, capture)
        except CaptureDamaged:
            return "damaged"
    if not given_back(capture):
        return "kept"
    return "merged" if "merge" in capture.progress and capture.keeps is Keeps.AFTER else "given back"
