"""Finds the target that a command means."""

from __future__ import annotations

from haulback.config.errors import UnknownTarget
from haulback.model.settings import Settings
from haulback.model.target import Target


def named(settings: Settings, name: str | None) -> Target:
    """The target of that name, or the default one.

    Raises:
        UnknownTarget: there is none.
    """
    wanted = name or settings.default_target
    if wanted not in settings.targets:
        raise UnknownTarget(name=wanted, known=", ".join(settings.targets) or "none")
    return settings.targets[wanted]
