"""What a deployment would keep in the attic, and what that would cost, told to a person."""

from __future__ import annotations

from haulback.model.capture_cost import CaptureCost, CaptureEstimate, sized
from haulback.report.columns import aligned
from haulback.report.plain import plain
from haulback.report.text_hazards import duration


def summary(found: CaptureEstimate) -> str:
    """`3 in the attic, at most 1.4 GB of disk, about 42 s`."""
    if not found.costs and not found.unmeasured:
        return "nothing is kept, since nothing is destroyed"
    most = "at most " if found.bound else ""
    return f"{len(found.costs)} in the attic, {most}{sized(found.disk)} of disk, about {duration(found.seconds)}"


def lines(found: CaptureEstimate) -> list[str]:
    """A line for each table, then what is not known."""
    rows = [(one.kind.value, name(one), *figures(one)) for one in found.costs]
    return [*aligned(rows), *(f"  unknown: the size of {plain(one)}" for one in found.unmeasured)]


def name(one: CaptureCost) -> str:
    """The table, with the columns that are kept of it."""
    return f"{one.identity} ({', '.join(one.columns)})" if one.columns else one.identity


def figures(one: CaptureCost) -> tuple[str, str, str, str, str]:
    """Rows, disk, time, lock and the way back."""
    most = "at most " if one.bound else ""
    return (
        f"{most}{one.rows:,} rows",
        sized(one.disk),
        f"takes {duration(one.seconds)}",
        f"locks {duration(one.locked)}",
        f"back in {duration(one.back)}",
    )
