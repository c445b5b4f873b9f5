"""What a scheduled run did, and what makes it run: systemd's units, or lines of a crontab."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from haulback.errors import Exit
from haulback.model.scheduled import Done
from haulback.report.backups import exit_of as exit_of_proofs
from haulback.report.backups import proof_document
from haulback.report.drills import document as drill_document
from haulback.report.drills import exit_of as exit_of_drill
from haulback.report.plain import clean, counted, plain

# Every quarter of an hour it looks what is due; that is seldom anything. Missed times are made up for by the next look.
_SERVICE = """\
[Unit]
Description=Haulback: back up, prove and prune {target}

[Service]
Type=oneshot
WorkingDirectory={folder}
EnvironmentFile=-{environment}
ExecStart={command}
# Another run that is underway is no failure.
SuccessExitStatus=6
"""
_TIMER = """\
[Unit]
Description=Haulback: when {target} is backed up

[Timer]
OnCalendar=*:0/15
Persistent=true

[Install]
WantedBy=timers.target
"""

_RECEIVER = """\
[Unit]
Description=Haulback: receive the log of {target}

[Service]
WorkingDirectory={folder}
EnvironmentFile=-{environment}
ExecStart={command}
Restart=always
RestartSec=5
# What only a person can mend: settings, a role, a bound.
RestartPreventExitStatus=2 3

[Install]
WantedBy=default.target
"""


def exit_of(done: Done) -> Exit:
    """3 where a backup is proved bad or a drill failed, 7 where one could not be tried, else 0."""
    codes = {exit_of_proofs(done.proofs), exit_of_drill(done.drill) if done.drill else Exit.DONE}
    return next((one for one in (Exit.REFUSED, Exit.UNVERIFIED) if one in codes), Exit.DONE)


def document(done: Done) -> dict[str, Any]:
    """The document of `haulback schedule run`."""
    code = exit_of(done)
    return {
        "ok": code == 0,
        "exit": int(code),
        "taken": done.taken or None,
        "cluster": done.cluster or None,
        "proofs": [proof_document(one) for one in done.proofs],
        "pruned": list(done.pruned) if done.pruned is not None else None,
        "drill": drill_document(done.drill) if done.drill else None,
        "notes": clean(list(done.notes)),
    }


def told(done: Done) -> str:
    lines = [f"took {one}" for one in (done.taken, done.cluster) if one]
    lines += [f"{one.backup}: {one.verdict.value}" for one in done.proofs]
    lines += [f"removed {counted(len(done.pruned), 'backup')}"] if done.pruned else []
    lines += [f"drill {done.drill.id}: {done.drill.verdict.value}"] if done.drill else []
    lines += [plain(one) for one in done.notes]
    return "\n".join(lines or ["nothing is due"]) + "\n"


def installed(written: Sequence[str], texts: Mapping[str, str]) -> dict[str, Any]:
    """The document of `haulback schedule install`."""
    return {"ok": True, "exit": 0, "written": list(written), "texts": dict(texts)}


def units(target: str, folder: Path, environment: Path, words: Sequence[str]) -> dict[str, str]:
    """Systemd's two files for what is done when it is time, by name."""
    name, values = _unit(target), _values(target, folder, environment, words)
    return {f"{name}.service": _SERVICE.format(**values), f"{name}.timer": _TIMER.format(**values)}


def receiver(target: str, folder: Path, environment: Path, words: Sequence[str]) -> dict[str, str]:
    """Systemd's file for what runs all the time, by name."""
    return {f"{_unit(target)}-receive.service": _RECEIVER.format(**_values(target, folder, environment, words))}


def _unit(target: str) -> str:
    return f"haulback-{''.join(one if one.isalnum() and one.isascii() else '-' for one in target)}"


def _values(target: str, folder: Path, environment: Path, words: Sequence[str]) -> dict[str, str]:
    return {
        "target": _specifiers(target),
        "folder": _specifiers(str(folder)),
        "environment": _specifiers(str(environment)),
        "command": " ".join(map(_quoted, words)),
    }


def crontab(folder: Path, environment: Path, words: Sequence[str]) -> str:
    """One line of a crontab; there a per cent sign is the end of a command."""
    secrets = f"set -a; [ ! -r {shlex.quote(str(environment))} ] || . {shlex.quote(str(environment))}"
    line = f"cd {shlex.quote(str(folder))} && {{ {secrets}; {shlex.join(words)}; }}"
    return f"*/15 * * * * {line.replace('%', chr(92) + '%')}\n"


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{_specifiers(escaped)}"'
