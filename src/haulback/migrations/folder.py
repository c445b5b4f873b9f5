"""Finds the migrations of a folder, in the order in which Supabase's own command applies them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from haulback.migrations.errors import (
    DuplicateRollback,
    DuplicateVersion,
    FolderMissing,
    FolderUnreadable,
    NameNotUtf8,
)
from haulback.migrations.parse import read_script
from haulback.model.migration import Migration, Script

# 20241201000000_name.sql as Supabase writes it; V1__name.sql, 0001-name.sql, 1.name.sql and 7.sql as others do.
_NAME = re.compile(r"^[Vv]?(?P<version>\d+(?:\.\d+)*)(?:(?:__|[_.-])(?P<name>.*))?\.sql$")


@dataclass(frozen=True)
class Folder:
    """What a migrations folder holds: files by version, and what was left out with the reason."""

    path: Path
    files: dict[str, tuple[str, Path]]
    rollbacks: dict[str, Path]
    skipped: tuple[tuple[str, str], ...]

    def load(self, version: str, parse: Callable[[Path], Script] = read_script) -> Migration:
        """Reads one migration and its rollback script."""
        name, path = self.files[version]
        rollback = self.rollbacks.get(version)
        return Migration(version, name, parse(path), parse(rollback) if rollback else None)


def find(path: Path, *, apart: bool = False) -> Folder:
    """Lists a folder; reads no file.

    Args:
        path: of the folder.
        apart: let files that claim one version each stand for themselves, under their whole names.

    Raises:
        FolderMissing, FolderUnreadable: there is none, or it does not let us look.
        DuplicateVersion, DuplicateRollback: two files claim one version, and may not.
        NameNotUtf8: a name cannot be written into the history.
    """
    files: dict[str, tuple[str, Path]] = {}
    rollbacks: dict[str, Path] = {}
    skipped: list[tuple[str, str]] = []
    for file in _entries(path):
        if file.suffix != ".sql":
            skipped.append((file.name, "its name does not end in .sql in lower case"))
            continue
        is_rollback = file.name.endswith(".down.sql")
        match = _NAME.match(file.name.replace(".down.sql", ".sql").replace(".up.sql", ".sql"))
        if not match:
            skipped.append((file.name, "its name does not begin with a version"))
        elif is_rollback and apart and match["version"] in rollbacks:
            skipped.append((file.name, "it takes back a version that stands twice"))
        elif is_rollback:
            _add_rollback(rollbacks, match["version"], file)
        elif match["version"] in files and apart:
            files[file.name.removesuffix(".sql")] = ("", file)
        elif match["version"] in files:
            raise DuplicateVersion(version=match["version"], first=files[match["version"]][1].name, second=file.name)
        else:
            files[match["version"]] = (match["name"] or "", file)
    for file in chain(_scripts(path / "rollbacks"), _scripts(path.parent / "rollbacks")):
        match = _NAME.match(file.name.replace(".down.sql", ".sql"))
        if match and match["version"] in files:
            _add_rollback(rollbacks, match["version"], file)
    idle = [rollbacks.pop(version) for version in sorted(rollbacks.keys() - files.keys())]
    skipped.extend((file.name, "it takes back a version that has no file") for file in idle)
    return Folder(path, files, rollbacks, tuple(skipped))


def _add_rollback(rollbacks: dict[str, Path], version: str, file: Path) -> None:
    if version in rollbacks:
        raise DuplicateRollback(version=version, first=rollbacks[version], second=file)
    rollbacks[version] = file


def _entries(folder: Path) -> list[Path]:
    """Everything in a folder that looks like SQL, in order of name.

    Folders are left out; what cannot be opened is not, since a migration that is not seen is not deployed.
    """
    try:
        if not folder.is_dir():
            raise FolderMissing(folder=folder)
        found = sorted(folder.iterdir(), key=lambda one: one.name)
    except OSError as error:
        raise FolderUnreadable(folder=folder, reason=error.strerror) from error
    found = [file for file in found if file.suffix.lower() == ".sql" and not file.is_dir()]
    for file in found:
        if not _is_utf8(file.name):
            raise NameNotUtf8(file=ascii(file.name))
    return found


def _scripts(folder: Path) -> list[Path]:
    try:
        return [file for file in _entries(folder) if file.suffix == ".sql"]
    except FolderMissing:
        return []


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
