"""What each caller may do with a row of user A: asked of the database, then of the API, and held against each other.

The database answers for a role and its claims in a transaction that is rolled back. Where the API gives more than that,
somebody reaches what is not theirs; where it gives less, a client breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import psycopg
from psycopg import sql

from haulback.verify._stage import SERVICE, Attempt, NoAnswer, become, ran, rolled_back
from haulback.verify.api import canary, rows
from haulback.verify.api.access import Laid, Ledger
from haulback.verify.api.callers import Caller, Callers
from haulback.verify.api.client import Client, Reply
from haulback.verify.api.making import Row, Shape
from haulback.verify.api.ways import Rest, Way, unchanged

_UNAUTHORIZED, _UNAVAILABLE = 401, 503
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
        way: that is tried; rows are laid by REST.
        reach: (role, command) to `all`, `some` or `none`, as policies and privileges say.
    """

    connection: psycopg.Connection
    client: Client
    callers: Callers
    ledger: Ledger
    shape: Shape
    way: Way
    reach: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.shape.schema, self.shape.table)


def tried(table: Table, row: Row) -> list[Try]:
    """Create, read, update and delete, as every caller; nothing of it stays."""
    mine = {one.id: rows.another(table.shape, row) for one in table.callers.present}
    base = rows.another(table.shape, row)
    found: list[Try] = []
    with canary.kept(table.connection, table.ledger, laid(table, base, *mine.values())):
        for caller in table.callers.present:
            found.append(_try(table, caller, "INSERT", mine[caller.id]))
            _clear(table, mine[caller.id])
        lay(table, base)
        for command in ("SELECT", "UPDATE"):
            found += [_try(table, one, command, base) for one in table.callers.present]
        for caller in sorted(table.callers.present, key=lambda one: one.id in {"a", "service"}):
            found.append(_try(table, caller, "DELETE", base))
            if caller.welcome and _missing(table, base):
                lay(table, base)
    return found


def refused(table: Table, row: Row) -> list[Try]:
    """Inserts and reads, as every caller, where not even service_role may insert."""
    mine = {one.id: rows.another(table.shape, row) for one in table.callers.present}
    with canary.kept(table.connection, table.ledger, laid(table, *mine.values())):
        found = [_try(table, one, "INSERT", mine[one.id]) for one in table.callers.present]
    return [*found, *read_only(table)]


def read_only(table: Table) -> list[Try]:
    """Reads of at most one row, as every caller: where no row may be laid."""
    found = []
    for one in table.callers.present:
        role, offered = _asking(one, lambda role: table.way.first(role) is not None)
        request = table.way.first(role)
        if request is not None:
            reply = table.client.send(request, one.token)
            found.append(_compare(table, one, "SELECT", _readable(table, one, offered=offered), reply))
    return found


def _try(table: Table, caller: Caller, command: str, row: Row) -> Try:
    role, offered = _asking(caller, lambda role: table.way.offers(role, command, row))
    if not table.way.offers(role, command, row):
        return Try(Verdict.RIGHT)
    try:
        expected = _expected(table, caller, command, row, offered=offered) if caller.welcome else None
        reply = table.client.send(table.way.request(role, command, row), caller.token)
    except NoAnswer as reason:
        return Try(Verdict.UNTOLD, f"{_where(table, caller, command)}: {reason}")
    judged = _compare(table, caller, command, expected, reply)
    if judged.verdict is Verdict.RIGHT and table.way.did(command, reply):
        return _isolated(table, caller, command)
    return judged


def _asking(caller: Caller, offers: Callable[[str], bool]) -> tuple[str, bool]:
    """The role whose words a request is made with, and whether the caller is offered it: else it must be refused."""
    offered = caller.welcome and offers(caller.role)
    return (caller.role if offered else SERVICE), offered


def _where(table: Table, caller: Caller, command: str) -> str:
    by = f" by {table.way.name}" if table.way.name else ""
    return f"{caller.name} {command} {table.shape.name}{by}"


@dataclass(frozen=True, slots=True)
class _Expected:
    """What the database allows the caller, and whether the API must do it, too."""

    allowed: bool
    owed: bool


def _compare(table: Table, caller: Caller, command: str, expected: _Expected | None, reply: Reply) -> Try:
    where = _where(table, caller, command)
    if expected is None:
        return _turned_away(table.way, where, reply)
    if reply.status == _UNAVAILABLE:
        return Try(Verdict.UNTOLD, f"{where}: {reply.told}")
    did = table.way.did(command, reply)
    if did and not expected.allowed:
        return Try(Verdict.BREACH, f"{where}: the API lets through what the database refuses")
    if expected.owed and not did:
        return Try(Verdict.BROKEN, f"{where}: the database allows it and the API answers {reply.told}")
    return Try(Verdict.RIGHT)


def _turned_away(way: Way, where: str, reply: Reply) -> Try:
    """Whether a token that is no good was refused as such."""
    if way.accepted(reply):
        return Try(Verdict.BREACH, f"{where}: accepted with {reply.status}")
    if reply.status == _UNAUTHORIZED:
        return Try(Verdict.RIGHT)
    return Try(Verdict.UNTOLD, f"{where}: answered {reply.told} rather than 401")


def _isolated(table: Table, caller: Caller, command: str) -> Try:
    """Whether one who did something with the row of another may have."""
    if table.shape.owner is None or caller.id not in _OTHERS:
        return Try(Verdict.RIGHT)
    by = f" by {table.way.name}" if table.way.name else ""
    told = f"{caller.name} {_VERBS[command]} a row of user A in {table.shape.name}{by}"
    reach = table.reach.get((caller.role, command), "some")
    declared_open = reach == "all" and table.shape.secured
    if not declared_open:
        return Try(Verdict.UNTOLD if command == "SELECT" else Verdict.BREACH, told)
    return Try(Verdict.RIGHT) if command == "SELECT" else Try(Verdict.UNTOLD, f"{told}, as a policy lets everybody")


def _expected(table: Table, caller: Caller, command: str, row: Row, *, offered: bool) -> _Expected:
    """What the database answers to the caller; nothing of it stays."""
    with rolled_back(table.connection):
        allowed = may(table, caller, command, row)
        owed = allowed and offered
        if owed and command == "INSERT" and table.way.reads_back:
            owed = may(table, caller, "SELECT", row)
    return _Expected(allowed, owed)


def may(table: Table, caller: Caller, command: str, row: Row) -> bool:
    """Whether the database does it for the caller; in a transaction, which goes on."""
    return _does(_asked(table.connection, caller, _statement(table, command, row)))


def _asked(connection: psycopg.Connection, caller: Caller, query: sql.Composed) -> Attempt:
    become(connection, caller.role, caller.user, caller.claims)
    return ran(connection, caller.role, query)


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
            name, value = unchanged(row)
            change = sql.SQL("update {} set {} = {} where {}")
            return change.format(table.identifier, sql.Identifier(name), rows.literal(value), condition)


def _does(expected: Attempt) -> bool:
    return expected.state is None and expected.count > 0


def lay(table: Table, row: Row) -> None:
    """As whoever may; what nobody may was found out before.

    Raises:
        NoAnswer: nobody could.
    """
    rest = Rest(table.shape)
    for one in table.callers.welcome:
        if one.id in {"a", "service"}:
            table.client.send(rest.request(one.role, "INSERT", row), one.token)
            if not _missing(table, row):
                return
    raise NoAnswer("neither user A nor service_role can lay a row through the API")


def _missing(table: Table, row: Row) -> bool:
    return canary.present(table.connection, laid(table, row)) == 0


def _clear(table: Table, row: Row) -> None:
    """Room for the next: a table may allow one row of a user."""
    canary.remove(table.connection, laid(table, row))


def laid(table: Table, *made: Row) -> Laid:
    """Rows as they are noted before they are laid."""
    marks = tuple(one.known_by for one in made)
    return Laid(table.shape.name, table.shape.schema, table.shape.table, marks)


def _readable(table: Table, caller: Caller, *, offered: bool) -> _Expected | None:
    if not caller.welcome:
        return None
    query = sql.SQL("select 1 from {} limit 1").format(table.identifier)
    with rolled_back(table.connection):
        allowed = _does(_asked(table.connection, caller, query))
    return _Expected(allowed, allowed and offered)
