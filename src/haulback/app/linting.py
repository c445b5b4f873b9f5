"""Use case: the hazards of migration files, by their text alone or with what is known of a target."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from haulback.config.choosing import named
from haulback.errors import HaulbackError, UsageError
from haulback.hazards.levels import Levels
from haulback.hazards.linting import Findings, lint, rules
from haulback.hazards.scanning import Text
from haulback.migrations.errors import FileUnreadable
from haulback.migrations.folder import find
from haulback.migrations.parse import decoded, text_of
from haulback.model.hazard import Hazard, HazardKind, Known, Level
from haulback.model.settings import Settings
from haulback.model.target import Environment
from haulback.report.subjects import LintSubject


@dataclass(frozen=True)
class Request:
    """What the caller asks of a lint.

    Attributes:
        paths: files and folders; empty for the project's folder of migrations.
        target: whose levels count; it is not asked anything.
        environment: in place of the target's; production where neither is named.
        assumed_rows: what a table counts as, since a file does not tell its size.
        major: of the server that the files are meant for.
    """

    paths: tuple[Path, ...] = ()
    target: str | None = None
    environment: Environment | None = None
    assumed_rows: int | None = None
    major: int | None = None


def report(settings: Settings, request: Request) -> LintSubject:
    """Looks at files without any server.

    Raises:
        FolderMissing, FolderUnreadable, DuplicateVersion, DuplicateRollback: a folder is none of migrations.
        UnknownTarget: there is none of that name.
        UsageError: the configuration sets the level of a hazard that there is not.
    """
    texts = [_text(path) for path in files(settings, request.paths)]
    return subject(lint(texts, known(settings, request), levels_of(settings, request)))


def known(settings: Settings, request: Request) -> Known:
    """What is known without a server."""
    return Known(
        major=request.major,
        budget=settings.lock_budget,
        assumed_rows=request.assumed_rows,
        exposed=settings.exposed,
    )


def levels_of(settings: Settings, request: Request) -> Levels:
    """The levels that a request asks for.

    Raises:
        UnknownTarget: there is none of that name.
        UsageError: the configuration sets the level of a hazard that there is not.
    """
    if request.target is None:
        return levels(request.environment or Environment.PRODUCTION, settings.hazards)
    target = named(settings, request.target)
    return levels(request.environment or target.environment, settings.hazards, target.policy.hazards)


def subject(found: Findings) -> LintSubject:
    """What is reported of findings."""
    return LintSubject(found.hazards, kinds(), found.silenced, found.files, found.statements, found.problems)


def kinds() -> Mapping[str, HazardKind]:
    """Every hazard there is, by id."""
    return {one.id: HazardKind(one.id, one.title, one.family.value, one.level) for one in rules().values()}


def kind(id_: str) -> HazardKind:
    """One of them.

    Raises:
        UsageError: there is none; names that are close to it are told, squawk's own among them.
    """
    found = kinds()
    if id_ in found:
        return found[id_]
    ours = [one.id for one in rules().values() if id_ in one.squawk]
    close = ours or difflib.get_close_matches(id_, found, n=3, cutoff=0.5)
    meant = f"Did you mean {' or '.join(close)}? " if close else ""
    raise UsageError(problem=f"there is no hazard {id_}", hint=f"{meant}`haulback lint --list` names them all.")


def levels(environment: Environment, *settings: Mapping[str, Level]) -> Levels:
    """The levels of one environment; later settings count over earlier ones.

    Raises:
        UsageError: one of them is for a hazard that there is not.
    """
    merged: dict[str, Level] = {}
    for one in settings:
        merged |= one
    if unknown := sorted(merged.keys() - rules().keys()):
        raise UsageError(
            problem=f"the configuration sets the level of {', '.join(unknown)}, which is no hazard",
            hint="`haulback lint --list` names them all.",
        )
    return Levels(environment, merged)


def accepted(found: LintSubject, ids: Iterable[str]) -> LintSubject:
    """The same with the hazards of these ids accepted."""
    wanted = frozenset(ids)
    return replace(found, hazards=tuple(_accepted(one, wanted) for one in found.hazards))


def _accepted(hazard: Hazard, ids: frozenset[str]) -> Hazard:
    return replace(hazard, accepted=True) if hazard.id in ids else hazard


def files(settings: Settings, paths: Sequence[Path]) -> list[Path]:
    """The files that paths name, those of a folder in the order in which they are deployed."""
    listed: list[Path] = []
    for path in paths or (settings.migrations,):
        if path.is_dir() or (not path.exists() and not path.suffix and str(path) != "-"):
            folder = find(path)
            # The order in which they are deployed; rollback scripts are not linted: they run to undo.
            listed += [file for _, file in folder.files.values()]
        else:
            listed.append(path)
    return list(dict.fromkeys(listed))


STDIN = Path("<stdin>")  # what standard input goes by


def standard_input() -> str:
    """The text of standard input, read as a file is.

    Raises:
        FileUnreadable, NotUtf8, NulByte: it is no text.
    """
    if sys.stdin is None:
        raise FileUnreadable(file=STDIN, reason="it is closed")
    try:
        return text_of(STDIN, sys.stdin.buffer.read())
    except OSError as error:
        raise FileUnreadable(file=STDIN, reason=error.strerror) from error


def _text(path: Path) -> Text:
    try:
        if str(path) == "-":
            path = STDIN
            return Text(path, standard_input())
        return Text(path, decoded(path))
    except HaulbackError as failure:
        return Text(path, problem=failure.message.removeprefix(f"{path}: "), hint=failure.hint)
