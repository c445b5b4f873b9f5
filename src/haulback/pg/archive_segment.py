"""The archive command of durable clusters: `archive_segment.py SOURCE DESTINATION`.

PostgreSQL runs this file by itself, without the package, as its own OS user, once a WAL segment; exit code 0
tells it that the segment may be removed. So it is 0 only when the segment is on disk under its own name.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import sys
from pathlib import Path


def archive(source: Path, destination: Path) -> None:
    """Copies a segment so that a crash at any instant leaves the whole file or none under its name.

    Raises:
        FileExistsError: a different file has that name; it is never overwritten.
    """
    if destination.exists():
        # After a crash the server asks again for what it archived last: the same bytes are success.
        if filecmp.cmp(source, destination, shallow=False):
            _sync(destination)
            _sync(destination.parent)
            return
        message = f"a different file is archived as {destination}"
        raise FileExistsError(message)
    unfinished = destination.with_name(f".{destination.name}.{os.getpid()}")
    try:
        shutil.copyfile(source, unfinished)
        _sync(unfinished)
        unfinished.rename(destination)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync(destination.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    try:
        archive(Path(sys.argv[1]), Path(sys.argv[2]))
    except OSError as error:
        sys.exit(f"haulback: cannot archive: {error}")
