"""For a log of GitHub Actions: workflow commands, which the runner shows beside the lines of a pull request.

Escaping is the runner's own: a message must not end its line, and a property must not end itself either.
"""

from __future__ import annotations

from haulback.model.hazard import Hazard, Level
from haulback.report import text_hazards
from haulback.report.formats._format import Format
from haulback.report.hazard_keys import posix, worst_first
from haulback.report.plain import plain
from haulback.report.subjects import LintSubject, PlanSubject

_COMMANDS = {Level.NOTE: "notice", Level.WARN: "warning", Level.BLOCK: "error"}
_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _MESSAGE | str.maketrans({":": "%3A", ",": "%2C"})


def _hazards(subject: LintSubject) -> str:
    return _ended([*_annotations(subject), _command("notice", text_hazards.summary(subject), title="Haulback")])


def _plan(subject: PlanSubject) -> str:
    lines = [_command("error", one, title="Haulback refuses") for one in subject.blocking_besides]
    if subject.hazards is None:
        lines.append(_command("notice", "unknown: the hazards were not looked for", title="Haulback"))
        return _ended(lines)
    return _ended([*lines, *_annotations(subject.hazards)])


def _annotations(subject: LintSubject) -> list[str]:
    lines = [_annotation(one, subject) for one in worst_first(subject.hazards)]
    return lines + [_command("notice", f"unknown: {one}", title="Haulback") for one in subject.problems]


def _annotation(one: Hazard, subject: LintSubject) -> str:
    # What somebody accepted is still told, and fails nothing.
    command = "notice" if one.accepted else _COMMANDS[one.level]
    kind = subject.kinds.get(one.id)
    message = "\n".join(plain(line) for line in (one.told, one.advice) if line)
    if one.rewrite:
        message += "\nin its place:\n" + "\n".join(map(text_hazards.plain_line, one.rewrite.splitlines()))
    return _command(
        command,
        message,
        file=plain(posix(one.file)),
        line=str(one.line),
        endLine=str(max(one.line, one.end_line)),
        col=str(one.column),
        title=f"{one.id}: {kind.title}" if kind else one.id,
    )


def _command(name: str, message: str, **properties: str) -> str:
    told = ",".join(f"{key}={plain(value).translate(_PROPERTY)}" for key, value in properties.items())
    lines = [text_hazards.plain_line(line) for line in message.split("\n")]
    return f"::{name} {told}::{chr(10).join(lines).translate(_MESSAGE)}"


def _ended(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


FORMAT = Format("github", (), _plan, None, _hazards, in_repository=True)
