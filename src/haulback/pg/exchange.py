"""Exchanges two folders of one file system: at once where the kernel can, else in steps that a rerun ends."""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import os
from pathlib import Path

from haulback.errors import Exit, HaulbackError
from haulback.pg.cluster_folder import sync_folder

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_LEAVING = ".leaving"
_CANNOT = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP})


class ExchangeImpossible(HaulbackError):
    template = "{first} and {second} cannot be exchanged: {reason}"
    hint_template = "Both must be folders on one file system; nothing was moved."
    exit_code = Exit.REFUSED


def exchange(first: Path, second: Path, *, at_once: bool = True) -> None:
    """Gives each folder the other's place.

    Where the kernel exchanges two names (Linux, most file systems), no moment is without either. Elsewhere `first`
    is away for an instant, and after a crash there `settle` brings the exchange to its end.

    Args:
        first: of which somebody may ask at any moment.
        second: the other.
        at_once: false does without the kernel's exchange, for tests.

    Raises:
        ExchangeImpossible: nothing was moved.
    """
    if not first.is_dir() or not second.is_dir() or first.stat().st_dev != second.stat().st_dev:
        raise ExchangeImpossible(first=first, second=second, reason="one is missing, or they lie on two file systems")
    if not (at_once and _exchanged(first, second)):
        first.rename(_leaving(first))
        sync_folder(first.parent)
        settle(first, second)
    sync_folder(first.parent)
    sync_folder(second.parent)


def settle(first: Path, second: Path) -> None:
    """Ends an exchange that was killed in between; does nothing where there was none."""
    left = _leaving(first)
    if not left.exists():
        return
    if not first.exists():
        second.rename(first)
        sync_folder(first.parent)
    left.rename(second)
    sync_folder(second.parent)


def is_away(first: Path) -> bool:
    """Whether a killed exchange left nothing under this name."""
    return _leaving(first).exists() and not first.exists()


def _leaving(first: Path) -> Path:
    return first.with_name(f"{first.name}{_LEAVING}")


def _exchanged(first: Path, second: Path) -> bool:
    libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    done = libc.renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE)
    if done == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise ExchangeImpossible(first=first, second=second, reason=os.strerror(number))
