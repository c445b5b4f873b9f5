"""Use case: migration files with the safe rewrites of their hazards in place, shown or written; asks no server."""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Sequence
from pathlib import Path

from haulback.app import linting
from haulback.errors import HaulbackError, UsageError
from haulback.hazards.rewrites.rewriting import rewritten
from haulback.migrations.parse import decoded
from haulback.model.rewriting import Rewritten, RewrittenFile
from haulback.model.settings import Settings

_BOM = b"\xef\xbb\xbf"


class RewriteNotWritten(HaulbackError):
    template = "{file}: the rewritten text cannot be written: {reason}"
    hint_template = "Files that were named before it are written. Mend that, then run the same command again."


def rewrite(settings: Settings, request: linting.Request) -> tuple[RewrittenFile, ...]:
    """Rewrites in memory, each file by itself.

    Raises:
        FolderMissing, FolderUnreadable, DuplicateVersion, DuplicateRollback: a folder is none of migrations.
        UnknownTarget: there is none of that name.
        UsageError: the configuration sets the level of a hazard that there is not.
    """
    known, levels = linting.known(settings, request), linting.levels_of(settings, request)
    files = []
    for path in linting.files(settings, request.paths):
        try:
            text = _text(path)
        except HaulbackError as failure:
            files.append(RewrittenFile(path, "", Rewritten(""), failure.message))
        else:
            files.append(RewrittenFile(path, text, rewritten(text, path, known, levels)))
    return tuple(files)


def shown(files: Sequence[RewrittenFile]) -> str:
    """The SQL of one file; of several, what changes as a unified diff."""
    if len(files) == 1:
        return files[0].found.text
    return "".join(_difference(one) for one in files)


def write(files: Sequence[RewrittenFile]) -> tuple[Path, ...]:
    """Puts the rewritten texts in the place of the files, each whole or not at all; returns those that changed.

    Byte order mark, line ends and permissions stay; a link stays one.

    Raises:
        UsageError: standard input cannot be written.
        RewriteNotWritten: the system refuses, or the file was changed meanwhile.
    """
    changed = [one for one in files if one.changed]
    if any(str(one.path) in {"-", "<stdin>"} for one in files):
        raise UsageError(problem="standard input cannot be written in place", hint="Leave --write out.")
    for one in changed:
        _replace(one)
    return tuple(one.path for one in changed)


def _replace(one: RewrittenFile) -> None:
    path = one.path.resolve()
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        raw = path.read_bytes()
        mark = _BOM if raw.startswith(_BOM) else b""
        if raw != mark + one.written.encode():
            raise RewriteNotWritten(file=one.path, reason="it was changed meanwhile")
        unfinished.write_bytes(mark + one.found.text.encode())
        shutil.copymode(path, unfinished)
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise RewriteNotWritten(file=one.path, reason=error.strerror) from error


def _text(path: Path) -> str:
    """The text as it stands, line ends and all: what is not rewritten is written back byte for byte."""
    if str(path) == "-":
        return linting.standard_input()
    decoded(path)  # says what is wrong with it
    return path.read_bytes().removeprefix(_BOM).decode()


def _difference(one: RewrittenFile) -> str:
    lines = difflib.unified_diff(
        one.written.splitlines(keepends=True),
        one.found.text.splitlines(keepends=True),
        fromfile=f"a/{one.path}",
        tofile=f"b/{one.path}",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
