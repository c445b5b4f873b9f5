"""Writes migration folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "supabase" / "migrations"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def write(folder: Path) -> Write:
    """Writes a file of the folder; a name may lead out of it."""

    def write_one(name: str, text: str | bytes = "select 1;\n") -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_one
