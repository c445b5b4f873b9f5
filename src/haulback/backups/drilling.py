"""Judges a drill by the objectives, and forecasts when they break. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from haulback.backups.cluster_errors import NoRoom
from haulback.errors import Exit, HaulbackError
from haulback.model.drill import Drill, DrillVerdict, Forecast, Measured
from haulback.pg.execution import ConnectionLost


def judged(measured: Measured, objective: float, loss_objective: float) -> tuple[DrillVerdict, tuple[str, ...]]:
    """The verdict with the reasons against a pass.

    A problem or a missed objective fails; what could not be measured is unknown.
    """
    failed = list(measured.problems)
    if measured.rto is not None and measured.rto > objective:
        failed.append(f"it took {measured.rto:.1f} s, and {objective:.0f} s are allowed")
    if measured.rpo is not None and measured.rpo > loss_objective:
        failed.append(f"writes of {measured.rpo:.1f} s are lost, and {loss_objective:.0f} s are allowed")
    if failed:
        return DrillVerdict.FAIL, tuple(failed)
    missing = [
        text
        for value, text in (
            (measured.rto, "how long it takes was not measured"),
            (measured.rpo, "how much is lost was not measured"),
        )
        if value is None
    ]
    return (DrillVerdict.UNKNOWN, tuple(missing)) if missing else (DrillVerdict.PASS, ())


def judged_failure(failure: Exception) -> DrillVerdict:
    """What it says of the backups that a recovery ended with an error: mostly nothing.

    What they hold is refused, a row of theirs is taken by no server, or what was done cannot be taken back: that fails.
    A store that does not answer, a disk that is full, a server that died or a key that is not here says as little of
    them as a drill that was never begun.
    """
    if isinstance(failure, NoRoom | ConnectionLost):
        return DrillVerdict.UNKNOWN
    if isinstance(failure, psycopg.DataError | psycopg.IntegrityError):
        return DrillVerdict.FAIL
    telling = isinstance(failure, HaulbackError) and failure.exit_code in _TELLING_EXITS
    return DrillVerdict.FAIL if telling else DrillVerdict.UNKNOWN


def forecast(drills: Sequence[Drill], measured: Measured, limit: float) -> Forecast | None:
    """The size at which recoveries will take `limit` seconds, from this one and earlier ones of its scenario.

    A recovery takes a time that does not grow and one that grows with the bytes. With drills at sizes that differ by
    half or more both are told apart by least squares, else by the steps of this one. Of a few megabytes nothing can be
    told: they take no time that could be measured.
    """
    if measured.rto is None or measured.size < _TELLING:
        return None
    earlier = [(float(one.measured.size), one.measured.rto) for one in drills if one.measured.rto is not None]
    points = [*((size, rto) for size, rto in earlier if size >= _TELLING), (float(measured.size), measured.rto)]
    fixed, pace = _by_sizes(points) or _by_steps(measured)
    if pace <= 0:
        return Forecast(measured.rto, measured.size, limit, None, len(points))
    return Forecast(measured.rto, measured.size, limit, max(0, round((limit - fixed) / pace)), len(points))


_TELLING = 10_000_000  # bytes
_TELLING_EXITS = frozenset({Exit.REFUSED, Exit.ROLLED_BACK, Exit.ROLLBACK_INCOMPLETE})
_APART = 1.5


def _by_steps(measured: Measured) -> tuple[float, float]:
    """(seconds that do not grow, seconds a byte), of one drill."""
    growing = sum(one.seconds for one in measured.steps if one.grows)
    return (measured.rto or 0.0) - growing, growing / measured.size


def _by_sizes(points: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """The same of several; None where they say nothing."""
    sizes = [size for size, _ in points]
    if max(sizes) < _APART * min(sizes):
        return None
    mean_size = sum(sizes) / len(sizes)
    mean_seconds = sum(seconds for _, seconds in points) / len(points)
    spread = sum((size - mean_size) ** 2 for size in sizes)
    pace = sum((size - mean_size) * (seconds - mean_seconds) for size, seconds in points) / spread
    fixed = mean_seconds - pace * mean_size
    # Noise can make a larger one quicker, or what does not grow less than nothing: neither says anything.
    return (fixed, pace) if pace > 0 and fixed >= 0 else None
