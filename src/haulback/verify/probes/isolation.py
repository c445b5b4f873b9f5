"""What one user has, no other user and nobody anonymous sees, changes or deletes; service_role sees it all."""

from __future__ import annotations

from uuid import UUID

from haulback.verify._events import lay, present
from haulback.verify._probe import Finding, Probe, failed, on_stage, passed
from haulback.verify._stage import ANONYMOUS, SERVICE, SIGNED_IN, Stage
from haulback.verify.reach import reachable

_TABLE = "public.engagement_events"
_ATTEMPTS = {
    "sees": "select 1 from public.engagement_events where id = %s",
    "changes": "update public.engagement_events set value = '{}' where id = %s",
    "deletes": "delete from public.engagement_events where id = %s",
}


def _act(stage: Stage) -> Finding:
    own, foreign = lay(stage, stage.first), lay(stage, stage.second)
    reached = [
        *_reached(stage, "user A", SIGNED_IN, stage.first, foreign),
        *_reached(stage, "anon", ANONYMOUS, None, foreign),
        *_open_commands(stage),
    ]
    if reached:
        return failed(f"not isolated: {'; '.join(reached)}", breach=True)
    seen = [bool(stage.attempt(SERVICE, None, _ATTEMPTS["sees"], (event,)).rows) for event in (own, foreign)]
    if not all(seen):
        return failed("service_role does not see every event")
    return passed("user A and anon reached nothing of user B; service_role sees all")


def _reached(stage: Stage, who: str, role: str, user: UUID | None, event: UUID) -> list[str]:
    return [
        f"{who} {verb} the event of user B"
        for verb, query in _ATTEMPTS.items()
        if stage.attempt(role, user, query, (event,)).count
    ]


def _open_commands(stage: Stage) -> list[str]:
    """A statement with a condition also passes the SELECT policies, so an open UPDATE or DELETE hides behind them."""
    return [
        f"{role} may {command} every row"
        for (table, role, command), how in reachable(stage.connection).items()
        if table == _TABLE and how == "all"
    ]


PROBE = Probe("isolation", "Users are isolated", present, on_stage(_act))
