"""Use case: remove the backups that retention lets go, and hold single ones."""

from __future__ import annotations

from collections.abc import Callable

from haulback.app.backing_up import DEFAULT_TABLES, shelf
from haulback.backups.retention import decide
from haulback.clock import Clock
from haulback.model.backup import KeptBackup
from haulback.model.retention import Retention
from haulback.model.settings import Settings
from haulback.model.target import Target


def decided(settings: Settings, target: Target, clock: Clock) -> Retention:
    """Which backups of a target may go; removes nothing."""
    wanted = settings.backups.tables or DEFAULT_TABLES
    return decide(shelf(settings, target).all(), settings.backups, clock.now(), wanted)


def prune(settings: Settings, target: Target, retention: Retention, removed: Callable[[str], None]) -> None:
    """Removes what `retention` lets go, and what an earlier removal left half done. Killed half-way it goes on again.

    Args:
        settings: of the project.
        target: whose backups they are.
        retention: as `decided` has it.
        removed: told after each backup.
    """
    on = shelf(settings, target)
    on.clear_remains()
    for fate in retention.going:
        on.remove(fate.backup)
        removed(fate.backup)


def hold(settings: Settings, target: Target, id_: str, *, held: bool) -> KeptBackup:
    """Forbids, or allows again, that a backup is removed; returns it as it then is.

    Raises:
        NoSuchBackup: there is none of that id.
    """
    on = shelf(settings, target)
    found = on.one(id_)
    on.hold(found.id, held=held)
    return on.one(found.id)
