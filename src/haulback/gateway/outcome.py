"""What the database said to a segment, as results or as a refusal."""

from __future__ import annotations

from typing import NoReturn

from psycopg.pq import DiagnosticField
from psycopg.pq.abc import PGresult

from haulback.gateway.answer import Refusal
from haulback.gateway.database.lanes import NONE_FREE
from haulback.gateway.database.segment import Outcome
from haulback.gateway.refusing import refused


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
