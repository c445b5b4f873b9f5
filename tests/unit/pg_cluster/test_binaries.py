from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from haulback.pg import binaries


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    binaries._examine.cache_clear()
    yield
    binaries._examine.cache_clear()


def installation(folder: Path, version: str, configure: str | None) -> Path:
    folder.mkdir(parents=True)
    told = f"VERSION = PostgreSQL {version}\\nSHAREDIR = /share\\nCONFIGURE = {configure}\\n"
    programs = {
        "initdb": "echo 'share_path=/share' >&2",
        "postgres": f"echo 'postgres (PostgreSQL) {version}'",
        "pg_ctl": ":",
    } | ({"pg_config": f"printf '{told}'"} if configure is not None else {})
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return folder


def test_what_a_build_lacks_is_read_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = installation(tmp_path / "bin", "15.4 (Debian 15.4-1)", "--with-openssl --with-lz4 --with-icu")
    monkeypatch.setenv("HAULBACK_PG_BIN", str(folder))
    found = binaries.embedded()
    assert (found.major, found.version, found.source) == (15, "15.4", "installed")
    assert found.lacks == ("gssapi", "llvm", "zstd")


def test_icu_is_in_since_16_unless_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAULBACK_PG_BIN", str(installation(tmp_path / "bin", "18.1", "--with-openssl")))
    assert "icu" not in binaries.embedded().lacks


def test_without_pg_config_the_programs_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAULBACK_PG_BIN", str(installation(tmp_path / "bin", "17.2", None)))
    found = binaries.embedded()
    assert (found.version, found.share_dir, found.options_known) == ("17.2", Path("/share"), False)


def test_what_cannot_serve_is_refused_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAULBACK_PG_BIN", str(installation(tmp_path / "old", "14.9", "")))
    with pytest.raises(binaries.UnusableBinaries, match="14 is too old"):
        binaries.embedded()
    monkeypatch.setenv("HAULBACK_PG_BIN", str(tmp_path / "nowhere"))
    with pytest.raises(binaries.UnusableBinaries, match="lacks initdb"):
        binaries.embedded()


def test_the_asked_for_comes_first_and_a_broken_one_on_the_path_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = installation(tmp_path / "asked", "16.1", "")
    monkeypatch.setenv("HAULBACK_PG_BIN", str(asked))
    monkeypatch.setenv("PATH", str(installation(tmp_path / "old", "13.1", "")))
    found = binaries.find()
    assert found[0].bin_dir == asked
    assert all(one.major >= binaries.OLDEST_MAJOR for one in found)
