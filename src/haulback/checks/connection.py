"""The server answers, soon enough, and is of a version that we know."""

from __future__ import annotations

from haulback.checks._check import Check, Finding, held, one_row
from haulback.checks._context import CheckContext


def _measure(context: CheckContext) -> Finding:
    began = context.clock.monotonic()
    (name,) = one_row(context.connection, "select pg_catalog.current_setting('server_version')")
    seconds = context.clock.monotonic() - began
    limits = context.thresholds
    return held(
        within=context.server.major >= limits.version and seconds <= limits.latency.total_seconds(),
        figure=f"PostgreSQL {name}, answered in {seconds * 1000:.1f} ms as {context.server.user}",
        threshold=f"PostgreSQL {limits.version} or later, within {limits.latency.total_seconds() * 1000:.0f} ms",
        hint="Upgrade the server if it is too old; deploy from a machine closer to it if it is too slow.",
    )


CHECK = Check("connection", "The server answers", _measure)
