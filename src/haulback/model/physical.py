"""What a backup of a whole cluster says of itself, beyond what every backup says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from haulback.model.backup import Backup
from haulback.model.wal import lsn_of

_SEGMENT = re.compile(r"[0-9A-F]{24}")
_NUMBERS = ("timeline", "segment_size", "bytes", "count")
_LARGEST = 1 << 63  # behind what any of them may be


@dataclass(frozen=True, slots=True)
class Physical:
    """Kept in `Backup.detail` of the kinds physical and incremental.

    Attributes:
        engine: id of the engine that took it.
        timeline: that the server wrote.
        start_lsn: from here on the log is needed.
        stop_lsn: up to here at least the log must be replayed before the cluster is consistent.
        start_wal: name of the segment that holds `start_lsn`.
        stop_wal: name of the segment that holds the last byte before `stop_lsn`.
        segment_size: bytes of a segment.
        bytes: of all files.
        count: of all files.
        superuser: the bootstrap superuser, whom a private copy is read as.
        checksums: whether its pages bear sums.
    """

    engine: str
    timeline: int
    start_lsn: str
    stop_lsn: str
    start_wal: str
    stop_wal: str
    segment_size: int
    bytes: int
    count: int
    superuser: str
    checksums: bool

    @property
    def start(self) -> int:
        return lsn_of(self.start_lsn)

    @property
    def stop(self) -> int:
        return lsn_of(self.stop_lsn)

    def detail(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, backup: Backup) -> Physical:
        """What a backup of that kind says.

        Raises:
            KeyError, TypeError, ValueError: it is of another kind, or says what no server says.
        """
        detail: Mapping[str, Any] = backup.detail
        found = cls(**{name: detail[name] for name in cls.__slots__})
        for name in _NUMBERS:
            if type(detail[name]) is not int or not 0 <= detail[name] < _LARGEST:
                raise ValueError(f"{name} is no number that a server tells")
        if not found.timeline or found.segment_size.bit_count() != 1:
            raise ValueError("there is no such timeline or segment")
        if not (_SEGMENT.fullmatch(found.start_wal) and _SEGMENT.fullmatch(found.stop_wal)):
            raise ValueError("start_wal and stop_wal name no segments")
        if not isinstance(found.superuser, str) or not isinstance(found.checksums, bool) or found.start > found.stop:
            raise ValueError("superuser, checksums and positions fit no cluster")
        return found
