"""Use case: see the backups of a hosted project, and put it back to a moment of its window."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from haulback.backups.hosted import (
    HEALTHY,
    NoAccessToken,
    NotHosted,
    Platform,
    PlatformUnreachable,
    project_ref,
    require_reachable,
)
from haulback.clock import Clock, SystemClock
from haulback.deploy.progress import Progress
from haulback.errors import Exit, HaulbackError, UsageError
from haulback.model.hosted import HostedBackups
from haulback.model.settings import Settings
from haulback.model.target import Target

_POLL = 5.0  # seconds
_LONGEST = 6 * 3600.0  # seconds
_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})


class ConfirmRestore(HaulbackError):
    template = "a restore in place takes the project {ref} away and loses all that was written after {moment}"
    hint_template = (
        "Rather restore into a new project (dashboard, Database, Backups), name it as a target, back it up with"
        " `haulback backup run --target NEW`, and bring the rows back. In place: --confirm {ref}."
    )
    exit_code = Exit.REFUSED


class RestoreUnfinished(HaulbackError):
    template = "the restore of {ref} was accepted, and the project is {status} after {minutes} minutes"
    hint_template = "Look at the project in its dashboard before anything else: nobody knows yet how it ended."
    exit_code = Exit.UNVERIFIED


def platform(settings: Settings, target: Target) -> Platform:
    """The management API for a target.

    Raises:
        NotHosted, NoAccessToken, UsageError
    """
    ref = target.project_ref or project_ref(target.parameters)
    if ref is None:
        raise NotHosted(target=target.name)
    if not settings.backups.platform_token:
        raise NoAccessToken
    address = settings.backups.platform
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in _LOCAL:
        raise UsageError(
            problem="the token would go over the network in the clear", hint="Give SUPABASE_API_URL an https address."
        )
    return Platform(address.rstrip("/"), ref, settings.backups.platform_token)


def hosted(settings: Settings, target: Target) -> HostedBackups:
    """The backups that the platform has of a target."""
    return platform(settings, target).backups()


def restore(
    settings: Settings,
    target: Target,
    moment: datetime,
    confirm: str | None,
    progress: Progress,
    clock: Clock | None = None,
) -> float:
    """Puts a project back in place, and waits until it serves again; returns the seconds that took.

    Raises:
        OutsideTheWindow, ConfirmRestore: nothing was asked for.
        RestoreUnfinished: it was, and nobody knows how it ended.
    """
    clock = clock or SystemClock()
    at = platform(settings, target)
    require_reachable(at.backups(), moment, clock.now())
    if confirm != at.ref:
        raise ConfirmRestore(ref=at.ref, moment=moment.isoformat())
    progress.step_begun("restore", f"ask for {at.ref} as it was at {moment.isoformat()}")
    begun = clock.monotonic()
    at.restore(moment)
    seconds = _waited(at, progress, clock, begun)
    progress.step_done("restore", seconds, HEALTHY)
    return seconds


def _waited(at: Platform, progress: Progress, clock: Clock, begun: float) -> float:
    """Waits until the project was away and is back.

    For a moment after the request it still reads healthy, so that word counts only once another was heard, or a minute
    has gone by.
    """
    was_away, said = False, ""
    while (seconds := clock.monotonic() - begun) < _LONGEST:
        try:
            status = at.status()
        except PlatformUnreachable as failure:
            status = failure.message  # the answer to come counts, not one that was lost
        if status != said:
            progress.note(f"{at.ref}: {status}")
            said = status
        was_away = was_away or status != HEALTHY
        if status == HEALTHY and (was_away or seconds > _POLL * 12):
            return seconds
        if status.endswith("_FAILED") or status == "REMOVED":
            break
        clock.sleep(_POLL)
    raise RestoreUnfinished(ref=at.ref, status=said, minutes=round((clock.monotonic() - begun) / 60))
