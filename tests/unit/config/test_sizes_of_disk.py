"""Sizes and shares in haulback.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.config.errors import WrongSetting
from haulback.config.loading import load


def loaded(folder: Path, text: str):
    (folder / "haulback.toml").write_text(text, encoding="utf-8")
    return load({}, folder)


@pytest.mark.parametrize(("said", "size"), [('"8GB"', 8 * 1024**3), ('"1.5 TB"', 3 * 1024**4 // 2), ("1000", 1000)])
def test_a_size_of_disk_is_read_in_powers_of_1024(tmp_path: Path, said: str, size: int) -> None:
    assert loaded(tmp_path, f"[targets.here]\ndisk_size = {said}\n").targets["here"].disk_size == size


@pytest.mark.parametrize("said", ['"8"', '"8 kB"', "0", "true", '"-1GB"', "1.5"])
def test_a_size_that_is_none_is_refused(tmp_path: Path, said: str) -> None:
    with pytest.raises(WrongSetting):
        loaded(tmp_path, f"[targets.here]\ndisk_size = {said}\n")


def test_nobody_says_a_size(tmp_path: Path) -> None:
    assert loaded(tmp_path, "[targets.here]\n").targets["here"].disk_size is None


@pytest.mark.parametrize("said", ["0", "0.001", "1.5"])
def test_a_copy_has_to_be_allowed_to_work(tmp_path: Path, said: str) -> None:
    assert loaded(tmp_path, "[deploy]\ncopy_share = 1\n").copy_share == 1.0
    with pytest.raises(WrongSetting, match="copy_share"):
        loaded(tmp_path, f"[deploy]\ncopy_share = {said}\n")
