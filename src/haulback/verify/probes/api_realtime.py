"""Realtime tells of a new row whoever may read it, soon, and nobody else."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from haulback.pg.queries import queries
from haulback.verify._probe import Finding, Probe, Subject, passed
from haulback.verify._stage import NoAnswer, rolled_back
from haulback.verify.api import rows
from haulback.verify.api.listening import Heard, heard
from haulback.verify.api.making import Shape
from haulback.verify.api.rows import Unlaid
from haulback.verify.api.sockets import NotServed
from haulback.verify.api.tables import Scene, judged, scene, touched
from haulback.verify.api.trying import Table, Try, Verdict
from haulback.verify.api.ways import Rest

_SQL = queries("haulback.verify", "api/api.sql")


def _measure(subject: Subject) -> Finding:
    assert subject.api is not None  # noqa: S101 - or the probe does not apply
    tables = _sent(subject.connection, touched(subject.api))
    if not tables:
        return passed("not applicable: no touched table is in the publication supabase_realtime with a primary key")
    with scene(subject.connection, subject.api, tables[0][0]) as at:
        try:
            found = [one for schema, name in tables if (one := _of_table(at, schema, name)) is not None]
        except NotServed as reason:
            return passed(f"not applicable: {reason}")
    return _told(at, found)


def _sent(connection: psycopg.Connection, tables: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those whose new rows Realtime sends; without a primary key it sends an error in their place."""
    with rolled_back(connection):
        found = connection.execute(_SQL["sent"]).fetchall()
    sent = {(schema, name) for schema, name, keyed in found if keyed}
    return [one for one in tables if one in sent]


def _of_table(at: Scene, schema: str, name: str) -> Heard | None:
    shape = rows.shape(at.connection, schema, name)
    if shape is None:
        return None
    try:
        return _laid(at, shape)
    except NotServed:
        raise
    except Unlaid:
        reason = "service_role may lay no row"
    except NoAnswer as failure:
        reason = str(failure)
    except psycopg.Error as failure:
        reason = failure.diag.message_primary or type(failure).__name__
    return Heard([Try(Verdict.UNTOLD, f"nobody listened to {shape.name}: {reason}")])


def _laid(at: Scene, shape: Shape) -> Heard:
    if shape.harm:
        raise NoAnswer(shape.harm)
    row = rows.another(shape, at.row(shape))
    return heard(Table(at.connection, at.client, at.who, at.api.ledger, shape, Rest(shape)), at.api.access, row)


def _told(at: Scene, found: Sequence[Heard]) -> Finding:
    tries = [*at.untold, *(one for each in found for one in each.tries)]
    finding = judged(tries, len(found), at.who)
    seconds = max((one.seconds for one in found if one.seconds is not None), default=None)
    if seconds is None:
        return finding
    milliseconds = seconds * 1000
    detail = f"{finding.detail}; a new row was heard of after {milliseconds:.0f} ms"
    return Finding(finding.outcome, detail, finding.breach, {"realtime_milliseconds": milliseconds})


PROBE = Probe("api-realtime", "Realtime tells who may know", lambda subject: subject.api is not None, _measure)
