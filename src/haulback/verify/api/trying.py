"""What each caller may do with a row of user A: asked of the database, then of the API, and held against each other.

The database answers for a role and its claims in a transaction that is rolled back. Where the API gives more than that,
somebody reaches what is not theirs; where it gives less, a client breaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import psycopg
from psycopg import sql

from haulback.verify._stage import Attempt, NoAnswer, attempt, rolled_back
from haulback.verify.api import canary, rows
from haulback.verify.api.access import Laid, Ledger
from haulback.verify.api.callers import Caller, Callers
from haulback.verify.api.client import Client, Reply, Request
from haulback.verify.api.making import Row, Shape
from haulback.verify.api.served import path

_UNAUTHORIZED, _UNAVAILABLE = 401, 503
_COUNTED = "return=minimal, count=exact"
_OTHERS = ("b", "anon")
_VERBS = {"SELECT": "reads", "INSERT": "inserts", "UPDATE": "changes", "DELETE": "deletes"}


class Verdict(StrEnum):
    """What one try came to."""

    RIGHT = "right"
    BREACH = "breach"
    BROKEN = "broken"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class Try:
    """One try of one caller, for a person where it is not right."""

    verdict: Verdict
    told: str = ""


@dataclass(frozen=True)
class Table:
    """A table to be tried.

    Attributes:
        reach: (role, command) to `all`, `some` or `none`, as policies and privileges say.
    """

    connection: psycopg.Connection
    client: Client
    callers: Callers
    ledger: Ledger
    shape: Shape
    reach: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.shape.schema, self.shape.table)


def tried(table: Table, row: Row) -> list[Try]:
    """Create, read, update and delete, as every caller; nothing of it stays."""
    mine = {one.id: rows.another(table.shape, row) for one in table.callers.present}
    base = rows.another(table.shape, row)
    found: list[Try] = []
    with canary.kept(table.connection, table.ledger, _laid(table, base, *mine.values())):
        for caller in table.callers.present:
            found.append(_try(table, caller, "INSERT", mine[caller.id]))
            _clear(table, mine[caller.id])
        _lay(table, base)
        for command in ("SELECT", "UPDATE"):
            found += [_try(table, one, command, base) for one in table.callers.present]
        for caller in sorted(table.callers.present, key=lambda one: one.id in {"a", "service"}):
            found.append(_try(table, caller, "DELETE", base))
            if caller.welcome and _missing(table, base):
                _lay(table, base)
    return found


def refused(table: Table, row: Row) -> list[Try]:
    """Inserts and reads, as every caller, where not even service_role may insert."""
    mine = {one.id: rows.another(table.shape, row) for one in table.callers.present}
    with canary.kept(table.connection, table.ledger, _laid(table, *mine.values())):
        found = [_try(table, one, "INSERT", mine[one.id]) for one in table.callers.present]
    return [*found, *read_only(table)]


def read_only(table: Table) -> list[Try]:
    """Reads of at most one row, as every caller: where no row may be laid."""
    return [_compare(table, one, "SELECT", _readable(table, one), _first_row(table, one)) for one in _all(table)]


def _all(table: Table) -> Iterator[Caller]:
    yield from table.callers.present


def _try(table: Table, caller: Caller, command: str, row: Row) -> Try:
    try:
        expected = _asked(table, caller, command, row) if caller.welcome else None
        reply = table.client.send(_request(table.shape, command, row), caller.token)
    except NoAnswer as reason:
        return Try(Verdict.UNTOLD, f"{caller.name} {command} {table.shape.name}: {reason}")
    judged = _compare(table, caller, command, expected, reply)
    if judged.verdict is Verdict.RIGHT and _did(command, reply):
        return _isolated(table, caller, command)
    return judged


def _compare(table: Table, caller: Caller, command: str, expected: Attempt | None, reply: Reply) -> Try:
    where = f"{caller.name} {command} {table.shape.name}"
    if expected is None:
        return _turned_away(where, reply)
    if reply.status == _UNAVAILABLE:
        return Try(Verdict.UNTOLD, f"{where}: {reply.told}")
    allowed, did = _does(expected), _did(command, reply)
    if did and not allowed:
        return Try(Verdict.BREACH, f"{where}: the API lets through what the database refuses")
    if allowed and not did:
        return Try(Verdict.BROKEN, f"{where}: the database allows it and the API answers {reply.told}")
    return Try(Verdict.RIGHT)


def _turned_away(where: str, reply: Reply) -> Try:
    """Whether a token that is no good was refused as such."""
    if reply.accepted:
        return Try(Verdict.BREACH, f"{where}: accepted with {reply.status}")
    if reply.status == _UNAUTHORIZED:
        return Try(Verdict.RIGHT)
    return Try(Verdict.UNTOLD, f"{where}: answered {reply.told} rather than 401")


def _isolated(table: Table, caller: Caller, command: str) -> Try:
    """Whether one who did something with the row of another may have."""
    if table.shape.owner is None or caller.id not in _OTHERS:
        return Try(Verdict.RIGHT)
    told = f"{caller.name} {_VERBS[command]} a row of user A in {table.shape.name}"
    reach = table.reach.get((caller.role, command), "some")
    declared_open = reach == "all" and table.shape.secured
    if not declared_open:
        return Try(Verdict.UNTOLD if command == "SELECT" else Verdict.BREACH, told)
    return Try(Verdict.RIGHT) if command == "SELECT" else Try(Verdict.UNTOLD, f"{told}, as a policy lets everybody")


def _asked(table: Table, caller: Caller, command: str, row: Row) -> Attempt:
    """What the database answers to the caller; nothing of it stays."""
    with rolled_back(table.connection):
        return attempt(table.connection, caller.role, caller.user, _statement(table, command, row))


def _statement(table: Table, command: str, row: Row) -> sql.Composed:
    condition = rows.where(row.known_by)
    match command:
        case "INSERT":
            return rows.insert(table.shape, row)
        case "SELECT":
            return sql.SQL("select 1 from {} where {}").format(table.identifier, condition)
        case "DELETE":
            return sql.SQL("delete from {} where {}").format(table.identifier, condition)
        case _:
            name, value = _unchanged(row)
            change = sql.SQL("update {} set {} = {} where {}")
            return change.format(table.identifier, sql.Identifier(name), rows.literal(value), condition)


def _request(shape: Shape, command: str, row: Row) -> Request:
    known = {_field(name): f"eq.{value}" for name, value in row.known_by.items()}
    match command:
        case "INSERT":
            return Request("POST", path(shape.table), body=row.values, schema=shape.schema, prefer="return=minimal")
        case "SELECT":
            query = {"select": next(iter(known)), **known}
            return Request("GET", path(shape.table), query, schema=shape.schema, prefer="count=exact")
        case "DELETE":
            return Request("DELETE", path(shape.table), known, schema=shape.schema, prefer=_COUNTED)
        case _:
            name, value = _unchanged(row)
            return Request("PATCH", path(shape.table), known, {name: value}, schema=shape.schema, prefer=_COUNTED)


def _field(name: str) -> str:
    """A column as the grammar of query strings takes it: quoted, unless it is a plain word."""
    if name.isascii() and name.replace("_", "a").isalnum():
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unchanged(row: Row) -> tuple[str, Any]:
    """A column and the value that it has, so that an update changes nothing; not of the mark where there is another."""
    name = next((name for name in row.values if name not in row.mark and row.values[name] not in ({}, [])), row.mark[0])
    return name, row.values[name]


def _does(expected: Attempt) -> bool:
    return expected.state is None and expected.count > 0


def _did(command: str, reply: Reply) -> bool:
    if not reply.accepted:
        return False
    if command == "SELECT" and isinstance(reply.document, list):
        return bool(reply.document)
    return True if command == "INSERT" else bool(reply.count)


def _lay(table: Table, row: Row) -> None:
    """As whoever may; what nobody may was found out before."""
    for one in table.callers.welcome:
        if one.id in {"a", "service"}:
            table.client.send(_request(table.shape, "INSERT", row), one.token)
            if not _missing(table, row):
                return
    raise NoAnswer("neither user A nor service_role can lay a row through the API")


def _missing(table: Table, row: Row) -> bool:
    return canary.present(table.connection, _laid(table, row)) == 0


def _clear(table: Table, row: Row) -> None:
    """Room for the next: a table may allow one row of a user."""
    canary.remove(table.connection, _laid(table, row))


def _laid(table: Table, *made: Row) -> Laid:
    marks = tuple(one.known_by for one in made)
    return Laid(table.shape.name, table.shape.schema, table.shape.table, marks)


def _readable(table: Table, caller: Caller) -> Attempt | None:
    if not caller.welcome:
        return None
    query = sql.SQL("select 1 from {} limit 1").format(table.identifier)
    with rolled_back(table.connection):
        return attempt(table.connection, caller.role, caller.user, query)


def _first_row(table: Table, caller: Caller) -> Reply:
    request = Request("GET", path(table.shape.table), {"limit": "1"}, schema=table.shape.schema)
    return table.client.send(request, caller.token)
