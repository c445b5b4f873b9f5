"""Finds the members of a folder of one kind: growth is one file.

A member is an object with an `id`, bound to the module-level name that the folder's kind asks for. Plug-ins
use the same hook through the entry-point group `haulback.<kind>`.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from haulback.errors import HaulbackError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


class PluginBroken(HaulbackError):
    template = "the plug-in {origin} cannot be loaded: {reason}"
    hint_template = "Uninstall or update the package that brings it; its group is haulback.{kind}."


class DuplicateId(HaulbackError):
    template = "two {kind} members have the id {id}: {first} and {second}"
    hint_template = "Rename one of them, or uninstall the plug-in that brings the second."


def find(package: str, kind: str, attribute: str) -> Mapping[str, Any]:
    """Returns the members of `package` by id, in the order of their file names, plug-ins last.

    Modules whose name begins with an underscore are not members.

    Raises:
        DuplicateId: two members share an id.
        PluginBroken: an entry point does not lead to a member.
    """
    found: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, member in (*_built_in(package, attribute), *_plugged_in(kind)):
        if member.id in found:
            raise DuplicateId(kind=kind, id=member.id, first=origins[member.id], second=origin)
        found[member.id] = member
        origins[member.id] = origin
    return MappingProxyType(found)


def _built_in(package: str, attribute: str) -> list[tuple[str, Any]]:
    folder = importlib.import_module(package)
    names = sorted(m.name for m in pkgutil.iter_modules(folder.__path__) if not m.name.startswith("_"))
    modules = [importlib.import_module(f"{package}.{name}") for name in names]
    return [(m.__name__, getattr(m, attribute)) for m in modules if hasattr(m, attribute)]


def _plugged_in(kind: str) -> list[tuple[str, Any]]:
    if not _announced(tuple(sys.path)):
        return []
    # 20 ms to load and to ask, and hardly anybody has a plug-in.
    entry_points = importlib.import_module("importlib.metadata").entry_points
    return [(point.value, _loaded(kind, point)) for point in entry_points(group=f"haulback.{kind}")]


@cache
def _announced(path: tuple[str, ...]) -> bool:
    """Whether any installed package names one of our groups; a file that cannot be read may be the one."""
    return any(b"[haulback." in text for folder in path for text in _declarations(folder or os.curdir))


def _declarations(folder: str) -> Iterator[bytes]:
    """The texts in which the packages of a folder declare their entry points; a zip may hold one of ours."""
    if os.path.isfile(folder):  # noqa: PTH113 - pathlib takes as long again
        yield b"[haulback."
        return
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((".dist-info", ".egg-info")):
                with suppress(FileNotFoundError, NotADirectoryError):
                    yield _text(os.path.join(entry.path, "entry_points.txt"))  # noqa: PTH118 - as above


def _text(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - as above
            return file.read()
    except PermissionError:
        return b"[haulback."


def _loaded(kind: str, point: EntryPoint) -> Any:
    try:
        member = point.load()
    except Exception as error:
        # Whatever somebody else's package raises while it is imported, the user needs its name.
        raise PluginBroken(kind=kind, origin=point.value, reason=f"{type(error).__name__}: {error}") from error
    if not isinstance(getattr(member, "id", None), str):
        raise PluginBroken(kind=kind, origin=point.value, reason="it has no id")
    return member
