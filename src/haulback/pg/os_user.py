"""Runs PostgreSQL's programs as an OS user it accepts: it refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from haulback.errors import Exit, HaulbackError

# Keeps one capability, to read and traverse what the user may not, through the change of user. Without
# no_setuid_fixup access(2) would ignore it, and PostgreSQL looks for its own programs with access(2).
_TRAVERSE = (
    "--securebits=+no_setuid_fixup",
    "--inh-caps=-all,+dac_read_search",
    "--ambient-caps=-all,+dac_read_search",
    "--bounding-set=-all,+dac_read_search",
)


class NoOsUser(HaulbackError):
    template = "there is no OS user {name} for PostgreSQL to run as"
    hint_template = "Set HAULBACK_OS_USER to an unprivileged user, or run haulback as an ordinary user."
    exit_code = Exit.USAGE


class NoSetpriv(HaulbackError):
    template = "running as root needs the program setpriv, which is not installed"
    hint_template = "Install util-linux, or run haulback as an ordinary user."


@dataclass(frozen=True, slots=True)
class OsUser:
    """The user that a server runs as and that owns its data.

    Attributes:
        name: as the OS knows it.
        uid: its user id.
        gid: its primary group's id.
        switch: whether programs must be started through setpriv, because we are root.
    """

    name: str
    uid: int
    gid: int
    switch: bool

    def command(self, arguments: Sequence[str | Path], reaches: Iterable[Path] = ()) -> list[str]:
        """The command line that runs `arguments` as this user.

        Args:
            arguments: a program and its arguments.
            reaches: files and folders the program must get at, besides itself.

        Raises:
            NoSetpriv: the user must be switched and cannot be.
        """
        plain = [str(a) for a in arguments]
        if not self.switch:
            return plain
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise NoSetpriv
        prefix = [setpriv, f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups"]
        if not all(self.can_reach(p) for p in (Path(plain[0]), *reaches)):
            prefix += _TRAVERSE
        return [*prefix, *plain]

    def can_reach(self, path: Path) -> bool:
        """Whether every folder above `path`, links followed, lets this user through by its mode bits."""
        return all(self._passes(folder) for p in {path.absolute(), path.resolve()} for folder in p.parents)

    def _passes(self, folder: Path) -> bool:
        try:
            found = folder.stat()
        except OSError:
            return False
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.gid:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)

    def own(self, *paths: Path) -> None:
        """Gives files and folders that we made to this user; nothing to do where we are it."""
        if self.switch:
            for path in paths:
                os.chown(path, self.uid, self.gid, follow_symlinks=False)


def server_user() -> OsUser:
    """Who PostgreSQL runs as: ourselves, or as root HAULBACK_OS_USER, by default `nobody`.

    Raises:
        NoOsUser: that user does not exist, or is root.
    """
    if os.geteuid() != 0:
        return OsUser(name=str(os.geteuid()), uid=os.geteuid(), gid=os.getegid(), switch=False)
    name = os.environ.get("HAULBACK_OS_USER") or "nobody"
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise NoOsUser(name=name) from None
    if entry.pw_uid == 0:
        raise NoOsUser(name=name)
    return OsUser(name=name, uid=entry.pw_uid, gid=entry.pw_gid, switch=True)
