"""Drills, told to a person and to a program, and the page that is kept as evidence."""

from __future__ import annotations

from typing import Any

from haulback.errors import Exit
from haulback.model.drill import Drill, DrillVerdict, Forecast
from haulback.report.plain import clean, lasting, plain

_EXITS = {DrillVerdict.PASS: Exit.DONE, DrillVerdict.FAIL: Exit.REFUSED, DrillVerdict.UNKNOWN: Exit.UNVERIFIED}


def exit_of(drill: Drill) -> Exit:
    """As the verdict says; a pass without evidence is one that nobody can show."""
    code = _EXITS[drill.verdict]
    return Exit.UNVERIFIED if code is Exit.DONE and drill.unfiled else code


def document(drill: Drill) -> dict[str, Any]:
    """The document of `haulback drill`."""
    code, measured = exit_of(drill), drill.measured
    return {
        "ok": code is Exit.DONE,
        "exit": int(code),
        "id": drill.id,
        "scenario": drill.scenario,
        "target": clean(drill.target),
        "at": drill.at.isoformat(),
        "verdict": drill.verdict.value,
        "rto_seconds": _rounded(measured.rto),
        "rpo_seconds": _rounded(measured.rpo),
        "heartbeat_seconds": _rounded(measured.heartbeat),
        "rto_objective": drill.objective,
        "rpo_objective": drill.loss_objective,
        "backup": measured.backup or None,
        "rows": measured.rows,
        "bytes": measured.size,
        "steps": [{"title": clean(one.title), "seconds": round(one.seconds, 3)} for one in measured.steps],
        "problems": clean(list(drill.problems)),
        "facts": clean(list(measured.facts)),
        "trend": [round(one, 3) for one in drill.trend],
        "breaks_at_bytes": drill.forecast.breaks_at if drill.forecast else None,
        "unfiled": clean(drill.unfiled) or None,
    }


def told(drill: Drill) -> str:
    """The text of `haulback drill`."""
    lines = [f"drill {drill.scenario} on {plain(drill.target)}: {drill.verdict.value}", *_figures(drill)]
    lines += [f"  {plain(one)}" for one in drill.problems]
    if drill.unfiled:
        lines.append(f"  no evidence was kept: {plain(drill.unfiled)}")
    return "\n".join(lines) + "\n"


def page(drill: Drill) -> str:
    """The evidence for people, in Markdown."""
    measured = drill.measured
    lines = [
        f"# Drill {drill.scenario}: {drill.verdict.value}",
        "",
        f"Target {plain(drill.target)}, {drill.at:%Y-%m-%d %H:%M:%S} UTC, {drill.id}.",
        "",
        *(f"- {line.strip()}" for line in _figures(drill)),
        *(f"- {plain(one)}" for one in (*drill.problems, *measured.facts)),
        "",
        "| step | seconds |",
        "| --- | --- |",
        *(f"| {plain(one.title)} | {one.seconds:.2f} |" for one in measured.steps),
    ]
    return "\n".join(lines) + "\n"


def _figures(drill: Drill) -> list[str]:
    measured = drill.measured
    lines = [
        f"  recovered in {_seconds(measured.rto)} (RTO; {lasting(drill.objective)} allowed)",
        f"  writes lost: {_seconds(measured.rpo)} (RPO; {lasting(drill.loss_objective)} allowed)",
    ]
    if measured.heartbeat is not None:
        lines.append(f"  the heartbeat that came back was written {_seconds(measured.heartbeat)} before")
    if measured.backup:
        lines.append(f"  from backup {measured.backup}: {measured.rows:,} rows, {measured.size:,} bytes")
    if drill.trend:
        earlier = ", ".join(f"{one:.1f}" for one in drill.trend[-5:])
        lines.append(f"  earlier ones took {earlier} s")
    if drill.forecast:
        lines.append("  " + _forecast(drill.forecast))
    return lines


def _forecast(forecast: Forecast) -> str:
    if forecast.breaks_at is None:
        return "at which size the objective breaks cannot be told"
    times = forecast.breaks_at / forecast.size
    return f"at this pace the objective breaks at {forecast.breaks_at / 1e9:,.1f} GB, {times:,.0f} times as much"


def _seconds(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f} s"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
