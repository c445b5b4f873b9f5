"""What a module is: its SQL files, what runs on a schedule, and which roles its API serves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from typing import ClassVar

from haulback.errors import Exit, HaulbackError

_NAME = re.compile(r"(?P<version>\d{14})_(?P<name>[a-z0-9_]+)\.sql")


class ModuleFileDiffers(HaulbackError):
    template = "{path} exists and is not the file that the module {module} would write"
    hint_template = "Move your file away, or keep it and leave this module's files out; nothing was written."
    exit_code: ClassVar[Exit] = Exit.REFUSED


@dataclass(frozen=True, slots=True)
class ModuleFile:
    """A SQL file of a module. `path` is relative to the folder `supabase` of a repository."""

    path: PurePosixPath
    text: str

    @property
    def version(self) -> str:
        """The 14 digits of a migration or of its rollback script; empty for any other file."""
        match = _NAME.fullmatch(self.path.name)
        return match["version"] if match else ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A statement that runs on a cron expression of five fields: by pg_cron where it is installed."""

    name: str
    cron: str
    sql: str


@dataclass(frozen=True, slots=True)
class Module:
    """A module as it is carried in the package. Migrations and rollback scripts are in order of version."""

    name: str
    migrations: tuple[ModuleFile, ...]
    rollbacks: tuple[ModuleFile, ...]
    seed: ModuleFile

    @property
    def files(self) -> tuple[ModuleFile, ...]:
        """Everything that `write` writes."""
        return (*self.migrations, *self.rollbacks, self.seed)


def load(package: str) -> Module:
    """Reads the module whose SQL lies in the folders `migrations`, `rollbacks` and `seed` of `package`."""
    root = files(package)
    name = package.rpartition(".")[2]
    return Module(
        name=name,
        migrations=_folder(root, "migrations"),
        rollbacks=_folder(root, "rollbacks"),
        seed=_file(root, f"seed/{name}.sql"),
    )


def write(module: Module, folder: Path) -> tuple[Path, ...]:
    """Writes the module's files below `folder` and returns those that were not there yet.

    A file that is there with the same text is left alone (line ends and a byte order mark do not count), so
    that a second run writes nothing. Every file is compared before the first is written.

    Raises:
        ModuleFileDiffers: a file of that name holds something else.
        OSError: the folder cannot be written.
    """
    missing = [file for file in module.files if not _is_there(module, file, folder / file.path)]
    for file in missing:
        _write(folder / file.path, file.text)
    return tuple(folder / file.path for file in missing)


def _folder(root: Traversable, folder: str) -> tuple[ModuleFile, ...]:
    names = sorted(entry.name for entry in root.joinpath(folder).iterdir() if _NAME.fullmatch(entry.name))
    return tuple(_file(root, f"{folder}/{name}") for name in names)


def _file(root: Traversable, path: str) -> ModuleFile:
    return ModuleFile(path=PurePosixPath(path), text=root.joinpath(path).read_text(encoding="utf-8"))


def _is_there(module: Module, file: ModuleFile, path: Path) -> bool:
    try:
        present = path.read_text(encoding="utf-8-sig")  # universal newlines: CRLF reads as LF
    except FileNotFoundError:
        return False
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise ModuleFileDiffers(path=path, module=module.name) from error
    if present != file.text:
        raise ModuleFileDiffers(path=path, module=module.name)
    return True


def _write(path: Path, text: str) -> None:
    """Writes a file whole or not at all: half a file would be refused as a different one on the next run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    unfinished.replace(path)
