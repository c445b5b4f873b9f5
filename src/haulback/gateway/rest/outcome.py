"""What the database said, as a row or as a refusal."""

from __future__ import annotations

from typing import NoReturn

import msgspec
from psycopg.pq import DiagnosticField
from psycopg.pq.abc import PGresult

from haulback.gateway.answer import Refusal
from haulback.gateway.database.lanes import NONE_FREE
from haulback.gateway.database.segment import Outcome
from haulback.gateway.rest.errors import refused
from haulback.gateway.rest.planned import Row

_BODY = 3  # column of the body in the row
_BYTEA = 17  # oid of bytea, which a domain over it has too in what the server tells of its columns


def checked(outcome: Outcome, *, authenticated: bool) -> list[PGresult]:
    """The results of a segment that went well.

    Raises:
        Refusal: a statement failed, or no answer came.
    """
    if outcome.lost is not None:
        _lost(outcome.lost)
    if outcome.error is not None:
        _failed(outcome.error, authenticated=authenticated)
    return outcome.results


def row_of(result: PGresult) -> Row:
    """The one row of a main statement; a statement without one (a function that returns no row) counts nothing."""
    if result.ntuples == 0:
        return Row(None, 0, (), b"", None, None, None)
    total, count, location, body, headers, status, inserted = (result.get_value(0, column) for column in range(7))
    if body and result.ftype(_BODY) == _BYTEA:
        body = bytes.fromhex(body[2:].decode())  # what a media handler made, written as \\x and hexadecimal digits
    return Row(
        int(total) if total else None,
        int(count or 0),
        tuple(msgspec.json.decode(location, type=list[str])) if location else (),
        body or b"",
        headers.decode() if headers else None,
        status.decode() if status else None,
        int(inserted) if inserted else None,
    )


def lines_of(result: PGresult) -> bytes:
    """The lines of a plan."""
    return b"".join((result.get_value(line, 0) or b"") + b"\n" for line in range(result.ntuples))


def estimated(result: PGresult) -> int | None:
    """The rows that the planner expects, of EXPLAIN (FORMAT JSON)."""
    text = result.get_value(0, 0) if result.ntuples else None
    return int(msgspec.json.decode(text)[0]["Plan"]["Plan Rows"]) if text else None


def _lost(why: str) -> NoReturn:
    if why == NONE_FREE:
        raise Refusal(504, "PGRST003", "Timed out acquiring connection from connection pool.")
    raise Refusal(
        503,
        "PGRST001",
        "Database client error. Retrying the connection.",
        details=None,
        headers=(("Retry-After", "1"),),
    )


def _failed(error: PGresult, *, authenticated: bool) -> NoReturn:
    def field(code: DiagnosticField) -> str | None:
        text = error.error_field(code)
        return text.decode("utf-8", "replace") if text is not None else None

    raise refused(
        field(DiagnosticField.SQLSTATE) or "XX000",
        field(DiagnosticField.MESSAGE_PRIMARY) or "",
        field(DiagnosticField.MESSAGE_DETAIL),
        field(DiagnosticField.MESSAGE_HINT),
        authenticated=authenticated,
    )
