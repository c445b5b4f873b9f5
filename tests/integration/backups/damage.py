"""Flips one bit anywhere in a backup, and back: shared with benchmarks/backup_faults.py."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def flip(folder: Path, dice: random.Random) -> Iterator[str]:
    """Every file is as likely, then every byte of it: else only rows would be hit. Yields where it was."""
    path = dice.choice(sorted(one for one in folder.iterdir() if not one.name.startswith("proof-")))
    text = bytearray(path.read_bytes())
    place, bit = dice.randrange(len(text)), 1 << dice.randrange(8)
    text[place] ^= bit
    path.write_bytes(text)
    try:
        yield f"{path.name}, byte {place}, bit {bit}"
    finally:
        text[place] ^= bit
        path.write_bytes(text)
