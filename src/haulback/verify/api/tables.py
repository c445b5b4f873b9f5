"""The exposed tables that a deployment touched, with who asks and a row to ask about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from haulback.model.check import Outcome
from haulback.verify._probe import Finding, failed, passed
from haulback.verify._stage import NoAnswer
from haulback.verify.api import callers, canary, rows, trying
from haulback.verify.api.access import Api
from haulback.verify.api.callers import Callers
from haulback.verify.api.canary import Users
from haulback.verify.api.client import Client
from haulback.verify.api.making import Row, Shape
from haulback.verify.api.rows import Unlaid
from haulback.verify.api.trying import Table, Try, Verdict
from haulback.verify.api.ways import Way
from haulback.verify.reach import reachable

_SHOWN = 5


@dataclass(frozen=True)
class Scene:
    """Who asks the API of a deployment, and about what.

    Attributes:
        untold: why some of the callers, or the users, could not be had.
    """

    connection: psycopg.Connection
    api: Api
    client: Client
    who: Callers
    users: Users

    @property
    def untold(self) -> list[Try]:
        told = [*self.who.absent, *([self.users.reason] if self.users.reason else [])]
        return [Try(Verdict.UNTOLD, one) for one in told]

    def row(self, shape: Shape) -> Row:
        """A row of user A, that the table takes from service_role.

        Raises:
            Unlaid: it takes none.
            NoAnswer: none could be made up.
        """
        first = self.who.named("a")
        own = self.users.laid and (first is None or first.user == self.users.first)
        owner = first.user if first else self.users.first
        return rows.made(self.connection, shape, owner, own_users=own)


def touched(api: Api) -> list[tuple[str, str]]:
    """Schema and name of the exposed tables that are touched."""
    return [one for one in api.touched.tables if one[0] in api.access.schemas]


@contextmanager
def scene(connection: psycopg.Connection, api: Api, schema: str) -> Iterator[Scene]:
    """The callers, with two users that are gone at its end.

    Raises:
        NoAnswer: the API does not answer.
    """
    client = api.access.client()
    with canary.users(connection, api.ledger) as users:
        who = callers.known(client, api.access, users.first, users.second, schema)
        yield Scene(connection, api, client, who, users)


def tried(
    connection: psycopg.Connection,
    api: Api,
    way: Callable[[Shape], Way],
    absent: Callable[[Scene], str] = lambda _: "",
) -> Finding:
    """Create, read, update and delete in every touched table, as every caller, by one way.

    Args:
        connection: in autocommit.
        api: of the target.
        way: to the rows of a table.
        absent: why the API does not have that way at all; empty where it has.
    """
    tables = touched(api)
    if not tables:
        return passed("no exposed table is touched")
    with scene(connection, api, tables[0][0]) as at:
        if reason := absent(at):
            return passed(f"not applicable: {reason}")
        found, number = at.untold, 0
        for schema, name in tables:
            shape = rows.shape(connection, schema, name)
            if shape is not None:
                number += 1
                found += _of_table(at, shape, way(shape))
    return judged(found, number, at.who)


def _of_table(at: Scene, shape: Shape, way: Way) -> list[Try]:
    identity = _identity(at.connection, shape)
    reach = {
        (role, command): how for (table, role, command), how in reachable(at.connection).items() if table == identity
    }
    table = Table(at.connection, at.client, at.who, at.api.ledger, shape, way, reach)
    reason = shape.harm
    if not reason:
        try:
            return trying.tried(table, at.row(shape))
        except Unlaid as nobody:
            return trying.refused(table, nobody.row)
        except NoAnswer as failure:
            reason = str(failure)
        except psycopg.Error as failure:
            reason = failure.diag.message_primary or type(failure).__name__
    return [Try(Verdict.UNTOLD, f"{shape.name} was only read: {reason}"), *trying.read_only(table)]


def _identity(connection: psycopg.Connection, shape: Shape) -> str:
    row = connection.execute("select pg_catalog.format('%%I.%%I', %s::text, %s::text)", (shape.schema, shape.table))
    found = row.fetchone()
    return str(found[0]) if found else ""


def judged(found: list[Try], tables: int, who: Callers) -> Finding:
    """The worst of what was tried: a breach, then what is broken, then what could not be told."""
    for verdict in (Verdict.BREACH, Verdict.BROKEN):
        if told := [one.told for one in found if one.verdict is verdict]:
            return failed(listed(told), breach=verdict is Verdict.BREACH)
    if told := [one.told for one in found if one.verdict is Verdict.UNTOLD]:
        return Finding(Outcome.UNKNOWN, listed(told))
    return passed(f"{len(found)} tries of {len(who.present)} callers in {tables} tables came out as they should")


def listed(told: list[str]) -> str:
    """The first of them, each once."""
    unique = list(dict.fromkeys(told))
    rest = len(unique) - _SHOWN
    return "; ".join(unique[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
