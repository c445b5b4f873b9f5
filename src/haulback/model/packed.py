"""How the archives of a packed backup of a cluster lie in its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from haulback.model.backup import Backup, Frame

FRAME = 16 * 1024 * 1024  # bytes of an archive in each of its frames but the last; never more


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One file of an archive.

    Attributes:
        raw: bytes of the archive in it.
        lengths: of its frames as they lie in the store, in order.
    """

    name: str
    raw: int
    lengths: tuple[int, ...]

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Each frame by itself; whoever made the lengths up gets none that holds more than a frame may."""
        raws = [min(FRAME, self.raw - first) for first in range(0, self.raw, FRAME)]
        return tuple(Frame(length, raw, 0) for length, raw in zip(self.lengths, raws, strict=True))


@dataclass(frozen=True, slots=True)
class PackedArchive:
    """One archive, in as many files as it takes.

    Attributes:
        name: as the server calls it: `base.tar`, `16385.tar` for a tablespace, `backup_manifest`.
    """

    name: str
    files: tuple[PackedFile, ...]

    @property
    def raw(self) -> int:
        return sum(one.raw for one in self.files)


def to_detail(archives: tuple[PackedArchive, ...]) -> dict[str, Any]:
    """As it is kept in `Backup.detail`."""
    return {
        "packed": [
            {"name": one.name, "files": [{"name": f.name, "raw": f.raw, "lengths": list(f.lengths)} for f in one.files]}
            for one in archives
        ]
    }


def is_packed(backup: Backup) -> bool:
    return "packed" in backup.detail


def of(backup: Backup) -> tuple[PackedArchive, ...]:
    """The archives of a packed backup, in the order in which they are unpacked.

    Raises:
        KeyError, TypeError, ValueError: nobody wrote it so.
    """
    return tuple(
        PackedArchive(str(one["name"]), tuple(_file(file) for file in one["files"]))
        for one in backup.detail["packed"]
    )  # fmt: skip


def _file(told: Mapping[str, Any]) -> PackedFile:
    found = PackedFile(str(told["name"]), int(told["raw"]), tuple(map(int, told["lengths"])))
    if found.raw < 0 or len(found.lengths) != -(-found.raw // FRAME) or min(found.lengths, default=1) < 1:
        raise ValueError(f"the frames of {found.name} do not fit what they hold")
    return found
