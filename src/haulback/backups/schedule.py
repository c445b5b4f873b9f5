"""Decides what of backing up, proving and pruning is due. Pure: the shelf, the memory and the time are passed in.

The store says what there is, whoever made it; what is remembered here says by this machine's clock when something was
last tried. A time that is still to come is not believed, and each try is remembered before it begins: so a clock that
jumps, or a server whose clock is another, makes nothing run again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from haulback.model.backup import KeptBackup, Verdict

RETRY = timedelta(minutes=15)  # after a try that failed
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Remembered:
    """When things were last tried and done, by this machine's clock; None where nobody remembers."""

    tried: datetime | None = None
    taken: datetime | None = None
    proof_tried: datetime | None = None
    pruned: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What is due now.

    Attributes:
        backup: whether one is to be taken.
        prove: id of the one to be proved; empty where none is.
        prune: whether old ones may go.
    """

    backup: bool = False
    prove: str = ""
    prune: bool = False

    @property
    def anything(self) -> bool:
        return self.backup or bool(self.prove) or self.prune


def due(found: Sequence[KeptBackup], remembered: Remembered, now: datetime, *, every: float, prove_every: int) -> Due:
    """What is due; however many times were missed, once.

    Args:
        found: the shelf, oldest first.
        remembered: by this machine.
        now: by this machine's clock.
        every: seconds between two backups.
        prove_every: of so many backups one is proved.
    """
    gap = timedelta(seconds=every)
    whole = [one for one in found if one.backup]
    moments = [one.backup.began_at for one in whole if one.backup]
    backup = all(_is_over(one, now, gap) for one in (*moments, remembered.taken))
    return Due(
        backup and _is_over(remembered.tried, now, min(gap, RETRY)),
        to_prove(whole, prove_every) if _is_over(remembered.proof_tried, now, min(gap, RETRY)) else "",
        _is_over(remembered.pruned, now, _DAY),
    )


def to_prove(whole: Sequence[KeptBackup], prove_every: int) -> str:
    """The newest, where it is the n-th since one of which restoring said something; else nothing."""
    since = 0
    for one in reversed(whole):
        if one.verdict in {Verdict.PROVED, Verdict.BAD}:
            break
        since += 1
    return whole[-1].id if since >= prove_every else ""


def _is_over(last: datetime | None, now: datetime, gap: timedelta) -> bool:
    return last is None or last > now or now - last >= gap
