"""Small file systems, to be filled: mounted by root for all, or by an ordinary user in a namespace of their own.

The user's other processes get at that namespace through /proc, so that test, command and server see the same disk.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from haulback.pg.os_user import server_user

_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount", "sh")
_SAID = "ended with "


@dataclass(frozen=True)
class SmallDisk:
    """A mounted file system.

    Attributes:
        mount: mounts with these options; gives what went wrong, or nothing.
    """

    mount: Callable[[str], str]

    def grow(self, size: str) -> None:
        assert self.mount(f"remount,size={size}") == ""


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[SmallDisk]:
    """A disk of that size, such as `2m`, at a path where nothing is yet; test and server may write to it.

    Skips the test where neither root nor a namespace may mount.
    """
    with _by_root(folder) if os.geteuid() == 0 else _in_namespace(folder) as disk:
        problem = disk.mount(f"size={size}")
        if problem:
            pytest.skip(f"no small file system can be mounted here: {problem}")
        server_user().own(folder)
        yield disk


@contextmanager
def _by_root(folder: Path) -> Iterator[SmallDisk]:
    folder.mkdir()
    for above in folder.parents:
        if above.stat().st_uid == 0 and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o011)  # the server runs as somebody else
    try:
        yield SmallDisk(lambda options: _run(_mount(folder, options)))
    finally:
        if folder.is_mount():
            subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def _in_namespace(folder: Path) -> Iterator[SmallDisk]:
    """A link to the disk, which is gone with the shell that holds the namespace."""
    try:
        shell = subprocess.Popen(
            _NAMESPACE, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except FileNotFoundError:
        pytest.skip("an ordinary user needs the program unshare (apt-get install util-linux) to mount a file system")
    with shell, tempfile.TemporaryDirectory() as place:
        folder.symlink_to(f"/proc/{shell.pid}/root{place}")
        try:
            yield SmallDisk(lambda options: _run_in(shell, _mount(Path(place), options)))
        finally:
            folder.unlink()
            shell.kill()


def _mount(folder: Path, options: str) -> list[str]:
    return ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stderr.strip() or f"{command[0]} ended with {done.returncode}" if done.returncode else ""


def _run_in(shell: subprocess.Popen[bytes], command: Sequence[str]) -> str:
    """What a command says that fails in a shell; what the shell said if it is gone."""
    assert shell.stdin is not None
    assert shell.stdout is not None
    try:
        shell.stdin.write(f"{shlex.join(command)} 2>&1; echo {_SAID}$?\n".encode())
    except BrokenPipeError:
        return shell.stdout.read().decode().strip() or "no namespace of users"
    said = ""
    for line in iter(lambda: shell.stdout.readline().decode(), ""):
        if line.startswith(_SAID):
            return "" if line == f"{_SAID}0\n" else said.strip() or line.strip()
        said += line
    return said.strip() or "no namespace of users"
