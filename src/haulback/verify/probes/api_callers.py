"""Through the API each caller reaches what the database gives them, users stay apart, and bad tokens reach nothing."""

from __future__ import annotations

import psycopg

from haulback.model.check import Outcome
from haulback.verify._probe import Finding, Probe, Subject, failed, passed
from haulback.verify._stage import NoAnswer
from haulback.verify.api import callers, canary, rows, trying
from haulback.verify.api.access import Api
from haulback.verify.api.callers import Callers
from haulback.verify.api.canary import Users
from haulback.verify.api.client import Client
from haulback.verify.api.making import Row, Shape
from haulback.verify.api.rows import Unlaid
from haulback.verify.api.trying import Table, Try, Verdict
from haulback.verify.reach import reachable

_SHOWN = 5


def _measure(subject: Subject) -> Finding:
    assert subject.api is not None  # noqa: S101 - or the probe does not apply
    api, client = subject.api, subject.api.access.client()
    tables = [one for one in api.touched.tables if one[0] in api.access.schemas]
    if not tables:
        return passed("no exposed table is touched")
    with canary.users(subject.connection, api.ledger) as users:
        who = callers.known(client, api.access, users.first, users.second, tables[0][0])
        untold = [*who.absent, *([users.reason] if users.reason else [])]
        found: list[Try] = [Try(Verdict.UNTOLD, told) for told in untold]
        number = 0
        for schema, name in tables:
            shape = rows.shape(subject.connection, schema, name)
            if shape is not None:
                number += 1
                found += _of_table(subject, api, client, who, users, shape)
    return _judged(found, number, who)


def _of_table(subject: Subject, api: Api, client: Client, who: Callers, users: Users, shape: Shape) -> list[Try]:
    identity = _identity(subject.connection, shape)
    reach = {
        (role, command): how
        for (table, role, command), how in reachable(subject.connection).items()
        if table == identity
    }
    table = Table(subject.connection, client, who, api.ledger, shape, reach)
    reason = shape.harm
    if not reason:
        try:
            return trying.tried(table, _row(table, who, users))
        except Unlaid as nobody:
            return trying.refused(table, nobody.row)
        except NoAnswer as failure:
            reason = str(failure)
        except psycopg.Error as failure:
            reason = failure.diag.message_primary or type(failure).__name__
    return [Try(Verdict.UNTOLD, f"{shape.name} was only read: {reason}"), *trying.read_only(table)]


def _row(table: Table, who: Callers, users: Users) -> Row:
    first = who.named("a")
    own = users.laid and (first is None or first.user == users.first)
    owner = first.user if first else users.first
    return rows.made(table.connection, table.shape, owner, own_users=own)


def _identity(connection: psycopg.Connection, shape: Shape) -> str:
    row = connection.execute("select pg_catalog.format('%%I.%%I', %s::text, %s::text)", (shape.schema, shape.table))
    found = row.fetchone()
    return str(found[0]) if found else ""


def _judged(found: list[Try], tables: int, who: Callers) -> Finding:
    for verdict in (Verdict.BREACH, Verdict.BROKEN):
        if told := [one.told for one in found if one.verdict is verdict]:
            return failed(_listed(told), breach=verdict is Verdict.BREACH)
    if told := [one.told for one in found if one.verdict is Verdict.UNTOLD]:
        return Finding(Outcome.UNKNOWN, _listed(told))
    return passed(f"{len(found)} tries of {len(who.present)} callers in {tables} tables came out as they should")


def _listed(told: list[str]) -> str:
    unique = list(dict.fromkeys(told))
    rest = len(unique) - _SHOWN
    return "; ".join(unique[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


PROBE = Probe("api-callers", "The API keeps each caller to theirs", lambda subject: subject.api is not None, _measure)
