"""How deploy, rollback and resume end: with a report where one was asked for, else with their own few lines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from haulback.app import looking
from haulback.cli.reporting import Destination
from haulback.cli.terminal import result
from haulback.errors import Exit, HaulbackError
from haulback.model.outcome import Outcome
from haulback.model.settings import Settings
from haulback.report import digest, documents, text
from haulback.report.plain import plain

_HINT = (
    "Mend what is named and look at what was deployed, or take it back with `haulback rollback`."
    " What may stay unknown is named in the target's policy.accept_unknown."
)


def told(
    run: Callable[[], Outcome], report: Destination, settings: Settings, target: str | None, *, as_json: bool
) -> int:
    """Runs, and tells how it ended; returns the exit code. A failure is reported too, and goes on."""
    with failures_reported(report, settings, target):
        ended = run()
    report.deployment(ended)
    missing = digest.unverified(ended.deployment)
    code = Exit.UNVERIFIED if missing else Exit.DONE
    for one in missing:
        sys.stderr.write(f"it stands, and could not be verified: {plain(one)}\n")
    if missing:
        sys.stderr.write(f"hint: {_HINT}\n")
    if not report.takes_stdout:
        result(documents.deployed(ended, code), text.deployed(ended), as_json=as_json)
    return code


@contextmanager
def failures_reported(report: Destination, settings: Settings, target: str | None) -> Iterator[None]:
    """Around a deployment: where it fails after it began, its report is read from the journal.

    A CI server wants the report of the run that failed most of all. The failure itself goes on; that the journal cannot
    be read then does not hide it.
    """
    try:
        yield
    except HaulbackError as failure:
        number = failure.fields.get("number")
        if report.form and isinstance(number, int):
            with suppress(HaulbackError, OSError):
                report.deployment(Outcome(looking.deployment(settings, target, number)))
        raise
