"""What each caller reads of a view, and is told by a function: asked of the API, and of the database before and after.

Nothing is laid for it, and nothing is written: both ask in a transaction that only reads. What users write meanwhile, a
clock, chance or a setting of the session must not look like a fault of the API. A difference is one only where the
database, in one snapshot, tells it apart by who asks: it gives to another caller what the API gave to this one. And it
has to come out so several times.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg
from psycopg import sql

from haulback.verify._stage import SERVICE, NoAnswer, become, ran, rolled_back
from haulback.verify.api.callers import NOBODY, Caller
from haulback.verify.api.client import Client, Reply
from haulback.verify.api.reading import LONGEST, MOST, Source
from haulback.verify.api.trying import Try, Verdict

_REFUSED = "42501"
_UNAUTHORIZED, _NO_CONTENT = 401, 204
_BUSY = frozenset({408, 429, 502, 503, 504})
# Of connections, locks, resources, an administrator, foreign servers, bugs, the API: none of it says who may what.
_PASSING = ("08", "40", "53", "54", "55", "57", "58", "HV", "XX", "PGRST")
_TRIES = 8
_CONFIRMED = 5  # times that a difference must come out: that chance does it is less than one in 100,000
# What a text of a time, a number or bytes may depend on, otherwise than it is anywhere.
_OTHERWISE = {
    "TimeZone": "Pacific/Chatham",
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "sql_standard",
    "extra_float_digits": "-10",
    "bytea_output": "escape",
    "application_name": "haulback otherwise",
}
_SERVICE = Caller("service", "service_role", SERVICE)

Rows = frozenset[tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class Said:
    """What the database said to a caller; `rows` are None where it raised an error."""

    rows: Rows | None
    refused: bool = False


class _Odd(StrEnum):
    """In what the API and the database differ, as a person is told."""

    LETS = "the API lets through what the database refuses"
    GIVES = "the API gives what the database does not"
    HIDES = "the database gives rows and the API none"
    FAILS = "the database allows it and the API answers"


@dataclass(frozen=True)
class Reading:
    """What is asked, by whom.

    Attributes:
        callers: all of them.
        late: whether the time for it is over.
    """

    connection: psycopg.Connection
    client: Client
    callers: Sequence[Caller]
    late: Callable[[], bool] = lambda: False

    def go_on(self) -> None:
        """Nothing, where there is time.

        Raises:
            NoAnswer: it is over.
        """
        if self.late():
            raise NoAnswer("the time for it was over")

    def others(self, caller: Caller) -> list[Caller]:
        """Whom a caller may be taken for; the service and anon, too, where nobody has their tokens."""
        everybody = {one.id: one for one in (NOBODY, _SERVICE, *self.callers) if one.welcome}
        return [one for one in everybody.values() if one.id != caller.id]


def tried(reading: Reading, source: Source) -> list[Try]:
    """Reads or calls it as every caller."""
    return [_tried(reading, source, caller) for caller in reading.callers]


def _tried(reading: Reading, source: Source, caller: Caller) -> Try:
    where = f"{caller.name} {'calls' if source.is_call else 'reads'} {source.shown}"
    try:
        if not caller.welcome:
            reading.go_on()
            return _turned_away(where, source, reading.client.send(source.request(), caller.token))
        return _held(reading, source, caller, where)
    except NoAnswer as reason:
        return Try(Verdict.UNTOLD, f"{where}: {reason}")


def _held(reading: Reading, source: Source, caller: Caller, where: str) -> Try:
    """Holds the API against the database until both agree, or a difference is certain."""
    settled, confirmed, steady = Try(Verdict.RIGHT), 0, False
    for _ in range(_TRIES):
        reading.go_on()
        (before,) = _said(reading.connection, source, [caller])
        reply = reading.client.send(source.request(), caller.token)
        odd = _compared(where, source, before, reply)
        if not isinstance(odd, _Odd):
            return odd
        after, *of_others = _said(reading.connection, source, [caller, *reading.others(caller)])
        if before == after == _said(reading.connection, source, [caller], _OTHERWISE)[0]:
            steady = True
            if _is_anothers(odd, after, of_others, _given(source, reply.document)):
                confirmed += 1
                settled = _told(where, odd, reply)
        if confirmed == _CONFIRMED:
            return settled
    if steady:
        return Try(Verdict.UNTOLD, f"{where}: {odd}, which may be by the session or the moment")
    return Try(Verdict.RIGHT)  # the database does not say the same twice


def _told(where: str, odd: _Odd, reply: Reply) -> Try:
    if odd is _Odd.FAILS:
        return Try(Verdict.BROKEN, f"{where}: {odd} {reply.told}")
    return Try(Verdict.BROKEN if odd is _Odd.HIDES else Verdict.BREACH, f"{where}: {odd}")


def _is_anothers(odd: _Odd, own: Said, others: Sequence[Said], given: Rows) -> bool:
    """Whether the database says to somebody else what the API said: then it took this caller for another."""
    match odd:
        case _Odd.LETS:
            return any(one.rows is not None for one in others)
        case _Odd.GIVES:
            more = given - (own.rows or frozenset())
            return any(more & (one.rows or frozenset()) for one in others)
        case _Odd.HIDES:
            return any(one.rows == frozenset() for one in others)
    return True


def _said(
    connection: psycopg.Connection, source: Source, callers: Sequence[Caller], settings: Mapping[str, str] | None = None
) -> list[Said]:
    """What the database says to each, of one moment: to the first, and to those of the others who get an answer."""
    with _still(connection):
        for name, value in {**(settings or {}), "search_path": _search_path(source.schema)}.items():
            connection.execute("select pg_catalog.set_config(%s, %s, true)", (name, value))
        first = _answer(connection, source, callers[0])
        return [first, *filter(None, (_answer_if_any(connection, source, one) for one in callers[1:]))]


def _answer_if_any(connection: psycopg.Connection, source: Source, caller: Caller) -> Said | None:
    try:
        return _answer(connection, source, caller)
    except NoAnswer:
        return None


def _answer(connection: psycopg.Connection, source: Source, caller: Caller) -> Said:
    become(connection, caller.role, caller.user, caller.claims)
    found = ran(connection, caller.role, source.statement())
    if found.state is not None:
        return Said(None, refused=found.state == _REFUSED)
    return Said(frozenset(row if source.columns else () for row in found.rows))


@contextmanager
def _still(connection: psycopg.Connection) -> Iterator[None]:
    """A transaction that only reads, with one snapshot for all that is asked in it, which is a few short statements."""
    before = connection.isolation_level
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    try:
        with rolled_back(connection):
            connection.execute("set transaction read only")
            yield
    finally:
        if not connection.closed:
            connection.isolation_level = before


def _compared(where: str, source: Source, said: Said, reply: Reply) -> Try | _Odd:
    if said.rows is None:
        return _of_error(where, source, said, reply)
    if not reply.accepted:
        return Try(Verdict.UNTOLD, f"{where}: answered {reply.told}") if _says_nothing(reply) else _Odd.FAILS
    if not _is_answer(source, reply):
        return Try(Verdict.UNTOLD, f"{where}: answered {reply.status} without what was asked for")
    given = _given(source, reply.document)
    if source.columns and len(said.rows) <= MOST and given - said.rows:
        return _Odd.GIVES
    return _Odd.HIDES if said.rows and not given and not source.is_call else Try(Verdict.RIGHT)


def _of_error(where: str, source: Source, said: Said, reply: Reply) -> Try | _Odd:
    if not reply.accepted:
        busy = reply.status in _BUSY
        return Try(Verdict.UNTOLD, f"{where}: answered {reply.told}") if busy else Try(Verdict.RIGHT)
    if said.refused and _is_answer(source, reply):
        return _Odd.LETS
    return Try(Verdict.UNTOLD, f"{where}: the API answers and the database does not")


def _says_nothing(reply: Reply) -> bool:
    """Whether a refusal is somebody else's than the database's: of what stands before it, or of what passes."""
    return reply.status in _BUSY or not reply.code or reply.code.startswith(_PASSING)


def _is_answer(source: Source, reply: Reply) -> bool:
    """Whether it is the API's, rather than the page of a proxy."""
    if source.is_call:
        return reply.document is not None or reply.status == _NO_CONTENT or reply.is_null
    return isinstance(reply.document, list)


def _given(source: Source, document: Any) -> Rows:
    if source.is_call:
        return frozenset({(_text(document),)}) if source.columns else frozenset()
    rows: Sequence[Any] = document if isinstance(document, list) else ()
    return frozenset(
        tuple(_text(row.get(name)) for name in source.columns) if source.columns else ()
        for row in rows
        if isinstance(row, dict)
    )


def _text(value: Any) -> str | None:
    """A value as PostgreSQL writes it as text, as far as it is compared."""
    if value is None:
        return None
    return (value if isinstance(value, str) else json.dumps(value))[:LONGEST]


def _turned_away(where: str, source: Source, reply: Reply) -> Try:
    if reply.accepted and _is_answer(source, reply):
        return Try(Verdict.BREACH, f"{where}: accepted with {reply.status}")
    if reply.status == _UNAUTHORIZED:
        return Try(Verdict.RIGHT)
    return Try(Verdict.UNTOLD, f"{where}: answered {reply.told} rather than 401")


def _search_path(schema: str) -> str:
    """As requests have it, unless somebody set it otherwise."""
    return ", ".join(sql.Identifier(name).as_string() for name in dict.fromkeys((schema, "public", "extensions")))
