"""What PostgreSQL's own manifest of a base backup says, read as it passes by: it grows with the number of files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from haulback.backups.manifest import UNREADABLE
from haulback.model.physical import Physical
from haulback.model.wal import lsn_of, segment_name

# In a string of JSON a quote has a backslash before it, so that no file's name looks like this.
_SIZE = re.compile(rb'"Size"\s*:\s*(\d+)')
_LONGEST = 64  # bytes of such a place
_RANGES = re.compile(rb'"WAL-Ranges"\s*:\s*(\[[^\]]*\])')
_END = 64 * 1024  # bytes in which the ranges stand; there is one a timeline


@dataclass
class ClusterManifest:
    """Counts what a manifest lists.

    Attributes:
        total: bytes of all files.
        count: of all files.
    """

    total: int = 0
    count: int = 0
    _rest: bytes = b""
    _end: bytes = field(default=b"", repr=False)

    def reading(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Lets the manifest pass, piece by piece."""
        for piece in pieces:
            self._add(piece)
            yield piece

    def physical(self, engine: str, segment_size: int, superuser: str, *, checksums: bool) -> Physical:
        """What is noted of the backup.

        Raises:
            ValueError: it is no manifest, or a part of one.
        """
        found = _RANGES.search(self._end)
        try:
            ranges = [(int(one["Timeline"]), str(one["Start-LSN"]), str(one["End-LSN"]))
                      for one in json.loads(found[1] if found else b"")]  # fmt: skip
            (first, start, _), (timeline, _, stop) = ranges[0], ranges[-1]
            return Physical(
                engine=engine,
                timeline=timeline,
                start_lsn=start,
                stop_lsn=stop,
                start_wal=segment_name(first, lsn_of(start) // segment_size, segment_size),
                stop_wal=segment_name(timeline, (lsn_of(stop) - 1) // segment_size, segment_size),
                segment_size=segment_size,
                bytes=self.total,
                count=self.count,
                superuser=superuser,
                checksums=checksums,
            )
        except (IndexError, *UNREADABLE) as error:
            raise ValueError(f"the manifest of the server has no range of the log ({type(error).__name__})") from error

    def _add(self, piece: bytes) -> None:
        text = self._rest + piece
        done = 0
        for found in _SIZE.finditer(text):
            if found.end() == len(text):  # its number may go on in the next piece
                break
            self.total += int(found[1])
            self.count += 1
            done = found.end()
        self._rest = text[max(done, len(text) - _LONGEST) :]
        self._end = (self._end + piece)[-_END:]
