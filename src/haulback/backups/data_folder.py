"""Names within a backup, and beside the data folder that is made of it."""

from __future__ import annotations

from pathlib import Path

DATA = "data"
SPACES = "tablespaces"


def spaces_of(data: Path) -> Path:
    """Where the tablespaces of a data folder that we make lie; the folder may be renamed beside it."""
    return data.parent / SPACES
