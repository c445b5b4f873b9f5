"""Files as frames: compressed, encrypted where a key is given, each readable by itself.

Compressing runs in a thread beside the one that reads from the server: both let go of the interpreter's lock, so that
two cores work at once. Frames are compressed piece by piece, and few pieces wait in between: memory grows neither with
the table nor with a frame.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
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

_WAITING = 2  # pieces
# zstd's fastest search, which looks for 7 bytes that were there before, anywhere in a frame: what repeats in rows is
# whole values, such as the number of a user, and shorter matches cost more than they save. It takes as long as level 3,
# and leaves 25 % less of binary rows with identifiers, 1 % more of prose.
_WINDOW, _TABLE, _SHORTEST = 24, 20, 7  # logarithms of bytes and of places that are known; bytes


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
    # Of the frame that is being made; the thread's alone.
    _frame: zstandard.ZstdCompressionObj | None = None
    _packed: list[bytes] = field(default_factory=list)
    _raw: int = 0

    def add(self, raw: bytes) -> None:
        """Appends a frame that holds no rows."""
        self.piece(raw)
        self.end_frame(0)

    def piece(self, raw: bytes) -> None:
        """Goes on with a frame; raises what an earlier one ran into."""
        self._do(self._pool.submit(self._compress, raw))

    def end_frame(self, rows: int) -> None:
        """Ends a frame that holds so many rows."""
        self._do(self._pool.submit(self._write, rows))

    def _do(self, task: Future[None]) -> None:
        self._underway.append(task)
        while len(self._underway) > _WAITING:
            self._underway.pop(0).result()

    def end(self) -> None:
        """Waits for the last frames."""
        while self._underway:
            self._underway.pop(0).result()

    def give_up(self) -> None:
        """Does nothing more of what waits: what it would run into is no news after a failure."""
        while self._underway:
            self._underway.pop().cancel()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def _compress(self, raw: bytes) -> None:
        self._frame = self._frame or self._compressor.compressobj()
        self._packed.append(self._frame.compress(raw))
        self._raw += len(raw)

    def _write(self, rows: int) -> None:
        assert self._frame is not None  # noqa: S101 - a frame has a piece
        packed = b"".join([*self._packed, self._frame.flush()])
        if self.cipher:
            packed = self.cipher.seal(packed, self.number, len(self.frames))
        self.stream.write(packed)
        self._digest.update(packed)
        self.size += len(packed)
        self.frames.append(Frame(len(packed), self._raw, rows))
        self._frame, self._packed, self._raw = None, [], 0


@contextmanager
def writing(
    store: Store,
    backup: str,
    name: str,
    number: int,
    cipher: Cipher | None,
    compressor: Callable[[], zstandard.ZstdCompressor] | None = None,
) -> Iterator[FrameWriter]:
    """A new file of a backup. After the block, `stored` says what was written.

    Args:
        store: where to.
        backup: its id.
        name: of the file.
        number: of the file within its backup.
        cipher: what it is encrypted with; None leaves it in the clear.
        compressor: for what is in it; None for that of rows.
    """
    # One thread: frames are written in order.
    with store.writing(f"{backup}/{name}") as stream, ThreadPoolExecutor(1, "haulback-frames") as pool:
        writer = FrameWriter(stream, number, cipher, pool, (compressor or _of_rows)())
        try:
            yield writer
        except BaseException:
            writer.give_up()
            raise
        writer.end()


def of_pages() -> zstandard.ZstdCompressor:
    """For a cluster's files: zstd's own level 1, at 350 to 470 MB/s of pages; that of rows takes four times as long.

    It leaves 5 % less of tables and 5 % more of indexes.
    """
    import zstandard  # noqa: PLC0415 - start-up: 6 ms

    return zstandard.ZstdCompressor(level=1)


def _of_rows() -> zstandard.ZstdCompressor:
    import zstandard  # noqa: PLC0415 - start-up: 6 ms

    parameters = zstandard.ZstdCompressionParameters(
        strategy=zstandard.STRATEGY_FAST,
        window_log=_WINDOW,
        hash_log=_TABLE,
        chain_log=_TABLE,
        search_log=1,
        min_match=_SHORTEST,
        target_length=0,
    )
    return zstandard.ZstdCompressor(compression_params=parameters)


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
    sha256: str = "",
) -> Iterator[bytes]:
    """The frames of a file in the clear, all of them or those of these numbers, in order.

    Args:
        store: of the backup.
        backup: its id.
        name: of the file.
        frames: of it.
        number: of the file within its backup.
        cipher: what it was written with.
        wanted: numbers of frames.
        sha256: of the whole file, where all of it is read.

    Raises:
        BackupDamaged: one cannot be read, or the last was reached and the file is another one than was written.
        FileNotFoundError: there is no such file.
    """
    import zstandard  # noqa: PLC0415 - as above

    offsets = [0]
    for frame in frames:
        offsets.append(offsets[-1] + frame.length)
    digest = hashlib.sha256()
    with store.reading(f"{backup}/{name}") as stream:
        for one in range(len(frames)) if wanted is None else sorted(wanted):
            stream.seek(offsets[one])
            packed = stream.read(frames[one].length)
            if len(packed) != frames[one].length:
                raise BackupDamaged(id=backup, reason=f"{name} ends in frame {one}")
            if sha256:
                digest.update(packed)
            if cipher:
                packed = cipher.open(packed, number, one, id_=backup)
            try:
                if zstandard.frame_content_size(packed) > frames[one].raw:  # so much is made room for, whatever comes
                    raise BackupDamaged(id=backup, reason=f"frame {one} of {name} is of another length")
                raw = zstandard.ZstdDecompressor().decompress(packed, max_output_size=frames[one].raw)
            except zstandard.ZstdError as error:
                raise BackupDamaged(id=backup, reason=f"frame {one} of {name}: {error}") from None
            if len(raw) != frames[one].raw:
                raise BackupDamaged(id=backup, reason=f"frame {one} of {name} holds {len(raw)} bytes")
            yield raw
    if sha256 and digest.hexdigest() != sha256:
        raise BackupDamaged(id=backup, reason=f"{name} was changed since it was written")
