"""Runs every probe that applies to a deployed system, and records what was breached."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict

import psycopg
from psycopg.types.json import Jsonb

from haulback import registry
from haulback.clock import Clock, SystemClock
from haulback.model.check import Outcome, ProbeResult
from haulback.pg.queries import script
from haulback.redact import redact
from haulback.verify import reach
from haulback.verify._probe import Finding, Probe, Subject
from haulback.verify._stage import NoAnswer
from haulback.verify.api.access import Api
from haulback.verify.reach import Baseline


def probes() -> Mapping[str, Probe]:
    """Every probe by id, in a stable order."""
    return registry.find("haulback.verify.probes", "probes", "PROBE")


def baseline(connection: psycopg.Connection) -> Baseline:
    """Measures what is reachable before a deployment, to be given to `run` after it.

    Raises:
        psycopg.Error: the catalogs could not be read.
    """
    return reach.measure(connection)


def run(
    connection: psycopg.Connection,
    *,
    before: Baseline | None,
    clock: Clock | None = None,
    api: Api | None = None,
    only: Collection[str] | None = None,
) -> tuple[ProbeResult, ...]:
    """Runs the probes that apply, in the order of `probes`.

    Args:
        connection: a session in autocommit with no transaction open; nothing of what the probes write stays,
            except that sequences advance.
        before: what `baseline` returned before the deployment; without it nothing can be said to have widened.
        clock: takes the times.
        api: how the target's API is asked; without it there are no probes of the API.
        only: ids of the probes to run; all where nothing is said.

    A probe that the server does not answer reads unknown. Any other exception is a bug and is not swallowed.
    """
    subject = Subject(connection, before, api)
    results = (
        _answer(probe, subject, clock or SystemClock())
        for probe in probes().values()
        if only is None or probe.id in only
    )
    return tuple(result for result in results if result is not None)


def breaches(results: tuple[ProbeResult, ...]) -> tuple[ProbeResult, ...]:
    """Returns those results that mean that somebody reached what is not theirs."""
    return tuple(result for result in results if result.breach)


def record_breach(connection: psycopg.Connection, results: tuple[ProbeResult, ...]) -> int:
    """Writes each breach into public.security_audit_log, in a transaction of its own; returns how many.

    Returns 0, having written nothing, where there is no breach or no such table.

    Raises:
        psycopg.Error: the table is there and could not be written.
    """
    found = breaches(results)
    if not found or not _exists(connection, "public.security_audit_log"):
        return 0
    with connection.transaction():
        for result in found:
            details = {**asdict(result), "outcome": result.outcome.value, "found_by": "haulback verify"}
            connection.execute(script("haulback.verify", "record_breach.sql"), (Jsonb(details),))
    return len(found)


def _answer(probe: Probe, subject: Subject, clock: Clock) -> ProbeResult | None:
    began = clock.monotonic()
    try:
        if not probe.applies(subject):
            return None
        finding = probe.measure(subject)
    except NoAnswer as reason:
        finding = Finding(Outcome.UNKNOWN, redact(str(reason)))
    except psycopg.Error as error:
        finding = Finding(Outcome.UNKNOWN, f"could not be probed: {redact(' '.join(str(error).split()))}")
    milliseconds = (clock.monotonic() - began) * 1000
    return ProbeResult(
        probe.id, probe.title, finding.outcome, finding.detail, finding.breach, milliseconds, finding.figures
    )


def _exists(connection: psycopg.Connection, table: str) -> bool:
    row = connection.execute("select pg_catalog.to_regclass(%s) is not null", (table,)).fetchone()
    return bool(row and row[0])
