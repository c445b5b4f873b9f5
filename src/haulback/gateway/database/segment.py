"""What is sent to PostgreSQL for one request, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from psycopg.pq.abc import PGresult


@dataclass(frozen=True, slots=True)
class Step:
    """One statement with its values.

    Attributes:
        key: what it is prepared under on a connection, never that of another statement while the connection lives; or
            None to be sent as it is. Statements under row-level security are planned for a role, so the key of one that
            runs as a role has that role in it.
        sql: with $1….
        values: texts as PostgreSQL reads them, without a zero byte, unless `formats` says 1 (binary).
        formats: of the values, where one of them is binary.
        anew: whether nothing after it may use a plan that was made before it. Not for a transaction that has failed.
    """

    key: object | None
    sql: bytes
    values: Sequence[bytes | None] = ()
    formats: Sequence[int] | None = None
    anew: bool = False


@dataclass(slots=True)
class Outcome:
    """What the server said to one segment: results of the steps in order, as far as it came.

    Attributes:
        error: the first failure of a step or of the commit; results are then void.
        lost: why no answer came; whether the segment was committed is not known.
        seconds: that the server was busy with it, those that it waited behind others not counted.
    """

    results: list[PGresult] = field(default_factory=list)
    error: PGresult | None = None
    lost: str | None = None
    seconds: float = 0.0
