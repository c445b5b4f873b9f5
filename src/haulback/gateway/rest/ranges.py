"""Which rows of all that match are asked for, and how the answer says which they are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.query.tree import Query

_HEADER = re.compile(r"([0-9]+)-([0-9]*)", re.ASCII)
# Beyond this PostgreSQL would refuse the number as an OFFSET.
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Window:
    """`limit` rows from `offset` on; all of them where it is None."""

    offset: int = 0
    limit: int | None = None

    @property
    def is_all(self) -> bool:
        return self.offset == 0 and self.limit is None


UNSATISFIABLE = 416


def window(method: str, header: str, query: Query) -> Window:
    """The rows of the root that a request asks for by `limit`, `offset` and, for GET, the Range header.

    Raises: Refusal PGRST103 where no rows can lie there; PGRST114 for PUT, which knows no such thing.
    """
    asked = Window(_of_root(query.offsets) or 0, _of_root(query.limits))
    first, last = _header(header) if method == "GET" else (0, None)
    if last is not None and last < first:
        raise _unsatisfiable(
            "The lower boundary must be lower than or equal to the upper boundary in the Range header."
        )
    # No rows at all may be asked for by `limit=0`, which no other way to an empty range is.
    found = Window(0, 0) if asked.limit == 0 else _both(asked, first, last)
    if method == "PUT" and not found.is_all:
        raise Refusal(400, "PGRST114", "limit/offset querystring parameters are not allowed for PUT")
    return found


def content_range(first: int, last: int, total: int | None) -> str:
    """The value of Content-Range: `0-9/100`, with `*` for rows that there are none of and for a total not known."""
    rows = f"{first}-{last}" if total != 0 and first <= last else "*"
    return f"{rows}/{'*' if total is None else total}"


def status(asked: Window, count: int, total: int | None) -> int:
    """200, 206 where there are more rows than the answer holds, 416 where it begins behind the last."""
    if total is None:
        return 200
    if asked.offset > total:
        return UNSATISFIABLE
    return 206 if count < total else 200


def out_of_bounds(asked: Window, total: int | None) -> Refusal:
    return _unsatisfiable(f"An offset of {asked.offset} was requested, but there are only {total or 0} rows.")


def _of_root(numbers: tuple[tuple[tuple[str, ...], int], ...]) -> int | None:
    return next((number for path, number in numbers if not path), None)


def _header(text: str) -> tuple[int, int | None]:
    found = _HEADER.fullmatch(text)
    if found is None:
        return 0, None
    return _number(found[1]), _number(found[2]) if found[2] else None


def _number(digits: str) -> int:
    # int() of very many digits raises, and takes quadratic time before.
    return int(digits) if len(digits) < len(str(_LARGEST)) else _LARGEST


def _both(asked: Window, first: int, last: int | None) -> Window:
    offset = max(asked.offset, first)
    ends = []
    if asked.limit is not None:
        ends.append(asked.offset + asked.limit)
    if last is not None:
        ends.append(last + 1)
    if not ends:
        return Window(offset)
    limit = min(ends) - offset
    if limit <= 0:
        raise _negative()
    return Window(offset, limit)


def _negative() -> Refusal:
    return _unsatisfiable("Limit should be greater than or equal to zero.")


def _unsatisfiable(details: str) -> Refusal:
    return Refusal(UNSATISFIABLE, "PGRST103", "Requested range not satisfiable", details=details)
