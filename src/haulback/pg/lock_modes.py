"""The modes of table locks, and which of them exclude each other (PostgreSQL manual, "Explicit Locking")."""

from __future__ import annotations

# From weak to strong.
MODES = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)
# The weakest and what else of MODES, by index, each mode excludes.
_EXCLUDED = {
    "AccessShareLock": (7,),
    "RowShareLock": (6, 7),
    "RowExclusiveLock": (4, 5, 6, 7),
    "ShareUpdateExclusiveLock": (3, 4, 5, 6, 7),
    "ShareLock": (2, 3, 5, 6, 7),
    "ShareRowExclusiveLock": (2, 3, 4, 5, 6, 7),
    "ExclusiveLock": (1, 2, 3, 4, 5, 6, 7),
    "AccessExclusiveLock": (0, 1, 2, 3, 4, 5, 6, 7),
}


def conflicting(mode: str) -> tuple[str, ...]:
    """The modes that a lock of `mode` waits for; all of them where the mode is unknown."""
    return tuple(MODES[index] for index in _EXCLUDED.get(mode, range(len(MODES))))
