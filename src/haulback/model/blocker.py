"""Who holds what a deployment waits for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Blocker:
    """A session that another one waits for. Application, state and age are None where we may not see them.

    Attributes:
        seconds: since its transaction began.
        autovacuum: whether it is an autovacuum worker.
        wraparound: whether that one vacuums to prevent wraparound, and so gives way to nobody; None if hidden.
    """

    pid: int
    application: str | None
    state: str | None
    seconds: float | None
    autovacuum: bool = False
    wraparound: bool | None = False

    def __str__(self) -> str:
        if self.pid == 0:
            return "a prepared transaction"  # pg_blocking_pids() gives 0 for one
        age = f" for {self.seconds:.0f} s" if self.seconds is not None else ""
        if self.autovacuum:
            return f"pid {self.pid} (autovacuum{' to prevent wraparound' * bool(self.wraparound)}{age})"
        return f"pid {self.pid} ({self.application or 'unknown application'}, {self.state or 'state hidden'}{age})"
