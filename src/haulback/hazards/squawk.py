"""squawk as one source of hazards: its rules are kept by others."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding of squawk; line and column from 1."""

    rule: str
    file: Path
    line: int
    column: int
    message: str
    help: str


class Squawk:
    """One run of squawk, beside our own reading of the same files.

    `problem` says why there are no remarks, where that is not because nothing was found.
    """

    def __init__(self, files: Sequence[Path], leave_out: Iterable[str], major: int | None = None) -> None:
        self.problem = ""
        self._process: subprocess.Popen[bytes] | None = None
        program = _program()
        if program is None:
            self.problem = "squawk is not installed: its rules were not asked"
            return
        version = ("--pg-version", str(major)) if major else ()
        command = [program, "--reporter", "json", *version, *(f"--exclude={rule}" for rule in sorted(leave_out)), "--"]
        if files:
            with suppress(OSError):
                self._process = subprocess.Popen(
                    [*command, *map(str, files)],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            if self._process is None:
                self.problem = "squawk does not start: its rules were not asked"

    def remarks(self) -> tuple[Remark, ...]:
        """Waits for its end."""
        if self._process is None:
            return ()
        try:
            told, complaint = self._process.communicate(timeout=_SECONDS)
            listed = json.loads(told)
        except (subprocess.TimeoutExpired, ValueError):
            self._process.kill()
            self._process.communicate()
            self.problem = "squawk gave no answer: its rules were not asked"
            return ()
        if self._process.returncode not in {0, 1}:
            self.problem = f"squawk failed: {complaint.decode(errors='replace').strip()[:200]}"
        return tuple(
            Remark(
                one["rule_name"],
                Path(one["file"]),
                one["line"] + 1,
                one["column"] + 1,
                one["message"],
                one["help"] or "",
            )
            for one in listed
        )


def _program() -> str | None:
    """The one installed beside us first: its rules are those that were tried with ours."""
    beside = Path(sys.executable).with_name("squawk")
    return str(beside) if beside.is_file() else shutil.which("squawk")
