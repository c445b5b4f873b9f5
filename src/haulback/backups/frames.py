"""Files as frames: compressed, encrypted where a key is given, each readable by itself.

Compressing runs in a thread beside the one that reads from the server: both let go of the interpreter's lock, so that
two cores work at once. At most two frames wait in between, so memory does not grow with the table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from haulback.backups.cipher import Cipher
from haulback.backups.errors import BackupDamaged
from haulback.backups.stores._store import Store
from haulback.model.backup import Frame, StoredFile

if TYPE_CHECKING:
    import zstandard

LEVEL = 3
_WAITING = 2  # frames


@dataclass
class FrameWriter:
    """Writes the frames of one file, in order.

    Attributes:
        number: of the file within its backup; part of the nonces of its frames.
    """

    stream: BinaryIO
    number: int
    cipher: Cipher | None
    _pool: ThreadPoolExecutor
    _compressor: zstandard.ZstdCompressor  # of this writer's thread alone: two threads in one crash the interpreter
    frames: list[Frame] = field(default_factory=list)
    size: int = 0
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    _underway: list[Future[None]] = field(default_factory=list)
    _begun: int = 0

    def add(self, raw: bytes | Sequence[bytes | memoryview], rows: int = 0) -> None:
        """Appends a frame; raises what an earlier one ran into."""
        self._underway.append(self._pool.submit(self._write, raw, rows, self._begun))
        self._begun += 1
        while len(self._underway) > _WAITING:
            self._underway.pop(0).result()

    def end(self) -> None:
        """Waits for the last frames."""
        while self._underway:
            self._underway.pop(0).result()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def _write(self, raw: bytes | Sequence[bytes | memoryview], rows: int, number: int) -> None:
        whole = raw if isinstance(raw, bytes) else b"".join(raw)
        packed = self._compressor.compress(whole)
        if self.cipher:
            packed = self.cipher.seal(packed, self.number, number)
        self.stream.write(packed)
        self._digest.update(packed)
        self.size += len(packed)
        self.frames.append(Frame(len(packed), len(whole), rows))


@contextmanager
def writing(store: Store, backup: str, name: str, number: int, cipher: Cipher | None) -> Iterator[FrameWriter]:
    """A new file of a backup. After the block, `stored` says what was written."""
    import zstandard  # noqa: PLC0415 - start-up: 6 ms

    # One thread: frames are written in order.
    with store.writing(f"{backup}/{name}") as stream, ThreadPoolExecutor(1, "haulback-frames") as pool:
        writer = FrameWriter(stream, number, cipher, pool, zstandard.ZstdCompressor(level=LEVEL))
        try:
            yield writer
        finally:
            if writer._underway:  # noqa: SLF001 - its own room
                writer.end()


def stored(name: str, writer: FrameWriter) -> StoredFile:
    return StoredFile(name, writer.size, writer.sha256)


def read(
    store: Store,
    backup: str,
    name: str,
    frames: Sequence[Frame],
    number: int,
    cipher: Cipher | None,
    wanted: Sequence[int] | None = None,
) -> Iterator[bytes]:
    """The frames of a file in the clear, all of them or those of these numbers, in order.

    Raises:
        BackupDamaged: one cannot be read.
        FileNotFoundError: there is no such file.
    """
    import zstandard  # noqa: PLC0415 - as above

    offsets = [0]
    for frame in frames:
        offsets.append(offsets[-1] + frame.length)
    with store.reading(f"{backup}/{name}") as stream:
        for one in range(len(frames)) if wanted is None else sorted(wanted):
            stream.seek(offsets[one])
            packed = stream.read(frames[one].length)
            if len(packed) != frames[one].length:
                raise BackupDamaged(id=backup, reason=f"{name} ends in frame {one}")
            if cipher:
                packed = cipher.open(packed, number, one, id_=backup)
            try:
                raw = zstandard.ZstdDecompressor().decompress(packed, max_output_size=frames[one].raw)
            except zstandard.ZstdError as error:
                raise BackupDamaged(id=backup, reason=f"frame {one} of {name}: {error}") from None
            if len(raw) != frames[one].raw:
                raise BackupDamaged(id=backup, reason=f"frame {one} of {name} holds {len(raw)} bytes")
            yield raw
