from __future__ import annotations

from pathlib import Path

import pytest

from haulback.pg.binaries import Binaries
from haulback.pg.platform import standins


@pytest.fixture
def installation(tmp_path: Path) -> Binaries:
    """An installation that has hstore, untrusted, and its own pg_cron."""
    folder = tmp_path / "share" / "extension"
    folder.mkdir(parents=True)
    for name in ("hstore", "pg_cron", "file_fdw"):
        (folder / f"{name}.control").write_text("default_version = '1.0'\ntrusted = false\n")
        (folder / f"{name}--1.0.sql").write_text("SELECT 1;\n")
    return Binaries(tmp_path / "bin", tmp_path / "share", 18, "18.0", "installed", ())


def test_every_line_for_a_function_that_raises_becomes_one_that_names_the_extension() -> None:
    folder = Path(standins.__file__).parent / "standins"
    for name in standins.names():
        script = standins.sql_for(name)
        assert script is not None
        assert "--!" not in script, name
        told = f'RAISE EXCEPTION \'extension "{name}" is a stand-in here: '
        assert script.count(told) >= (folder / f"{name}.sql").read_text().count("--!"), name


def test_files_are_named_like_the_extension_they_stand_for() -> None:
    folder = Path(standins.__file__).parent / "standins"
    assert {path.stem for path in folder.iterdir()} == standins.names()


def test_an_unknown_extension_has_no_stand_in() -> None:
    assert standins.sql_for("no_such_extension") is None


def test_controls_make_privileged_modules_trusted_and_leave_real_ones_alone(
    installation: Binaries, tmp_path: Path
) -> None:
    standins.write_controls(tmp_path / "made", installation)
    made = tmp_path / "made" / "extension"
    assert (made / "hstore.control").read_text().endswith("trusted = true\n")
    assert "trusted = false" not in (made / "hstore.control").read_text()
    assert (made / "hstore--1.0.sql").exists()
    assert (made / "pg_net.control").exists()
    assert not (made / "pg_cron.control").exists()
    assert not (made / "file_fdw.control").exists()
