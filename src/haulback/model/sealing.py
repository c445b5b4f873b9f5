"""Deployments whose window was ended: they cannot be taken back any more."""

from __future__ import annotations

from dataclasses import dataclass

from haulback.model.capture import Capture
from haulback.model.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Sealed:
    """One deployment that was sealed.

    Attributes:
        seconds: from the moment it stood deployed until it was sealed.
        forced: whether it was younger than the policy asks.
        captures: what it still keeps of before, which may be purged now.
        size: bytes of those on disk.
        purged: captures that went with it.
    """

    deployment: Deployment
    seconds: float
    forced: bool
    captures: tuple[Capture, ...] = ()
    size: int = 0
    purged: tuple[Capture, ...] = ()


@dataclass(frozen=True, slots=True)
class Sealing:
    """What one `haulback seal` did.

    Attributes:
        sealed: oldest first; those that were sealed before only had captures to purge.
        below: numbers of older deployments that stand deployed, and cannot be taken back either any more.
    """

    target: str
    sealed: tuple[Sealed, ...] = ()
    below: tuple[int, ...] = ()
