"""Finds the migrations of a folder, in the order in which Supabase's own command applies them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from haulback.migrations.errors import DuplicateVersion, FolderMissing
from haulback.migrations.parse import read_script
from haulback.model.migration import Migration, Script

# 20241201000000_name.sql as Supabase writes it; V1__name.sql, 0001-name.sql and 7.sql as others do.
_NAME = re.compile(r"^[Vv]?(?P<version>\d+(?:\.\d+)*)(?:(?:__|[_-])(?P<name>.*))?\.sql$")


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


def find(path: Path) -> Folder:
    """Lists a folder; reads no file.

    Raises:
        FolderMissing: there is none.
        DuplicateVersion: two files claim one version.
    """
    if not path.is_dir():
        raise FolderMissing(folder=path)
    files: dict[str, tuple[str, Path]] = {}
    rollbacks: dict[str, Path] = {}
    skipped: list[tuple[str, str]] = []
    for file in sorted(path.iterdir(), key=lambda one: one.name):
        if file.is_dir() or file.suffix != ".sql":
            continue
        is_rollback = file.name.endswith(".down.sql")
        match = _NAME.match(file.name.replace(".down.sql", ".sql").replace(".up.sql", ".sql"))
        if not match:
            skipped.append((file.name, "its name does not begin with a version"))
        elif is_rollback:
            rollbacks[match["version"]] = file
        elif match["version"] in files:
            raise DuplicateVersion(version=match["version"], first=files[match["version"]][1].name, second=file.name)
        else:
            files[match["version"]] = (match["name"] or "", file)
    for folder in (path / "rollbacks", path.parent / "rollbacks"):
        rollbacks |= {version: file for version, file in _scripts(folder) if version in files}
    return Folder(path, files, rollbacks, tuple(skipped))


def _scripts(folder: Path) -> list[tuple[str, Path]]:
    if not folder.is_dir():
        return []
    matches = [(_NAME.match(file.name.replace(".down.sql", ".sql")), file) for file in sorted(folder.glob("*.sql"))]
    return [(match["version"], file) for match, file in matches if match]
