from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from haulback.pg import settings
from haulback.pg.archive_segment import archive


def test_a_segment_is_copied_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    source = tmp_path / "segment"
    source.write_bytes(b"wal" * 1000)
    folder = tmp_path / "archive"
    folder.mkdir()
    archive(source, folder / "0001")
    assert [p.name for p in folder.iterdir()] == ["0001"]
    assert (folder / "0001").read_bytes() == source.read_bytes()


def test_the_same_segment_again_is_success_and_a_different_one_is_not(tmp_path: Path) -> None:
    source, kept = tmp_path / "segment", tmp_path / "0001"
    source.write_bytes(b"one")
    archive(source, kept)
    archive(source, kept)
    source.write_bytes(b"two")
    with pytest.raises(FileExistsError):
        archive(source, kept)
    assert kept.read_bytes() == b"one"


def test_the_command_survives_odd_paths_and_says_what_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "it's 100 % odd"
    folder.mkdir()
    source = tmp_path / "segment"
    source.write_bytes(b"one")
    command = settings.archive_command(folder)
    # As PostgreSQL fills it in.
    shell = command.replace("%p", str(source)).replace("%f", "0001").replace("%%", "%")
    subprocess.run(shell, shell=True, check=True)
    assert (folder / "0001").read_bytes() == b"one"
    source.write_bytes(b"two")
    done = subprocess.run(shell, shell=True, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "a different file is archived" in done.stderr


def test_it_needs_nothing_but_the_standard_library() -> None:
    subprocess.run(
        [sys.executable, "-I", "-S", "-c", settings.ARCHIVER.read_text().split("if __name__")[0]], check=True
    )


def test_settings_are_quoted() -> None:
    assert "archive_command = 'cp ''a'' \\\\b'" in settings.render({"archive_command": "cp 'a' \\b"})
