"""The server's machine has CPU and memory to spare."""

from __future__ import annotations

import psutil

from haulback.checks._check import Check, Finding, held, unknown
from haulback.checks._context import CheckContext
from haulback.checks._host import server_process
from haulback.checks._metrics import MetricsUnavailable, fetch

_WINDOW = 0.2  # seconds over which CPU time is counted on this machine


def _measure(context: CheckContext) -> Finding:
    if server_process(context) is not None:
        memory = psutil.virtual_memory()
        return judged(_cpu_here(context), 1 - memory.available / memory.total, "CPU", context.thresholds.load_share)
    try:
        host = fetch(context.target)
    except MetricsUnavailable as reason:
        return unknown(
            f"the server is on another machine, and {reason}",
            _threshold(context.thresholds.load_share),
            "On hosted Supabase give the target its api_url and service role key; else look at the host's monitor.",
        )
    return judged(host.cpu, host.memory, "load average over CPUs", context.thresholds.load_share)


def judged(cpu: float, memory: float, what: str, limit: float) -> Finding:
    """Holds both shares against the limit; 1 is all of it."""
    return held(
        within=cpu < limit and memory < limit,
        figure=f"{what} {cpu:.0%}, memory {memory:.0%}",
        threshold=_threshold(limit),
        hint="Wait for a quieter hour, or give the server more.",
    )


def _threshold(limit: float) -> str:
    return f"both below {limit:.0%}"


def _cpu_here(context: CheckContext) -> float:
    before = psutil.cpu_times()
    context.clock.sleep(_WINDOW)
    after = psutil.cpu_times()
    spent = {name: getattr(after, name) - getattr(before, name) for name in ("user", "nice", "system", "idle")}
    waited = getattr(after, "iowait", 0.0) - getattr(before, "iowait", 0.0)
    total = sum(spent.values()) + waited
    return 1 - (spent["idle"] + waited) / total if total > 0 else 0.0


CHECK = Check("load", "The server's machine is not busy", _measure)
