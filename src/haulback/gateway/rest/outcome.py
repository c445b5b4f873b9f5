"""The one row of a main statement, and what else comes back beside it."""

from __future__ import annotations

import msgspec
from psycopg.pq.abc import PGresult

from haulback.gateway.rest.planned import Row

_BODY = 3  # column of the body in the row
_BYTEA = 17  # oid of bytea, which a domain over it has too in what the server tells of its columns


def row_of(result: PGresult) -> Row:
    """The one row of a main statement.

    A statement without one counts nothing (a function that returns no row), unless it is one that never has any: then
    the server's count of what it did is all there is to say.
    """
    if result.ntuples == 0:
        inserted_silently = 0 if result.nfields else result.command_tuples
        return Row(None, inserted_silently or 0, (), b"", None, None, None)
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
