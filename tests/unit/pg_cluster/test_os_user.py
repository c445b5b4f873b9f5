from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from haulback.pg.os_user import NoOsUser, NoSetpriv, OsUser, server_user

SOMEBODY = OsUser("somebody", 54321, 54321, switch=True)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder whose way from the top is open to everybody: pytest's own are private."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_without_root_a_command_is_what_it_was() -> None:
    assert OsUser("me", 1000, 1000, switch=False).command(["initdb", "-D", Path("/x")]) == ["initdb", "-D", "/x"]


def test_a_reachable_program_is_run_without_a_capability(open_folder: Path) -> None:
    command = SOMEBODY.command([open_folder / "program"])
    assert command[1:] == ["--reuid=54321", "--regid=54321", "--clear-groups", str(open_folder / "program")]


def test_a_private_folder_on_the_way_takes_the_capability(open_folder: Path) -> None:
    private = open_folder / "private"
    private.mkdir(mode=0o700)
    command = SOMEBODY.command([open_folder / "program"], [private / "file"])
    assert "--ambient-caps=-all,+dac_read_search" in command
    assert "--securebits=+no_setuid_fixup" in command


def test_a_link_into_a_private_folder_is_seen_through(open_folder: Path) -> None:
    (open_folder / "private").mkdir(mode=0o700)
    (open_folder / "link").symlink_to(open_folder / "private" / "program")
    assert not SOMEBODY.can_reach(open_folder / "link")


def test_a_missing_setpriv_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(NoSetpriv, match="setpriv"):
        SOMEBODY.command(["initdb"])


@pytest.mark.parametrize("name", ["no-such-user-here", "root"])
def test_an_unusable_user_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("HAULBACK_OS_USER", name)
    with pytest.raises(NoOsUser, match=name):
        server_user()
