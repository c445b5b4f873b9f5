"""How deploy, rollback and resume end: with a report where one was asked for, else with their own few lines."""

from __future__ import annotations

from collections.abc import Callable

from haulback.cli.reporting import Destination
from haulback.cli.terminal import result
from haulback.model.outcome import Outcome
from haulback.model.settings import Settings
from haulback.report import documents, text


def told(
    run: Callable[[], Outcome], report: Destination, settings: Settings, target: str | None, *, as_json: bool
) -> int:
    """Runs, and tells how it ended; returns the exit code. A failure is reported too, and goes on."""
    with report.of_failures_too(settings, target):
        ended = run()
    report.deployment(ended)
    if not report.takes_stdout:
        result(documents.deployed(ended), text.deployed(ended), as_json=as_json)
    return 0
