"""squawk as one source of hazards: its rules are kept by others."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    """One run of squawk, beside our own reading of the same texts.

    It gets copies in a folder of its own: what is looked at may be a rewrite or come from a pipe, and a configuration
    of squawk that lies around must not leave out what we ask for.

    `problem` says why there are no remarks, where that is not because nothing was found.
    """

    def __init__(self, texts: Sequence[tuple[Path, str]], leave_out: Iterable[str], major: int | None = None) -> None:
        self.problem = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._paths = {f"{number}.sql": path for number, (path, _) in enumerate(texts)}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        program = _program()
        if program is None:
            self.problem = "squawk is not installed: its rules were not asked"
        elif texts:
            version = ("--pg-version", str(major)) if major else ()
            excluded = (f"--exclude={rule}" for rule in sorted(leave_out))
            self._start([program, "--reporter", "json", *version, *excluded, "--", *self._paths], texts)

    def _start(self, command: Sequence[str], texts: Sequence[tuple[Path, str]]) -> None:
        try:
            self._folder = tempfile.TemporaryDirectory(prefix="haulback-lint-")
            for name, (_, text) in zip(self._paths, texts, strict=True):
                Path(self._folder.name, name).write_text(text, encoding="utf-8")
            self._process = subprocess.Popen(
                command,
                cwd=self._folder.name,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            self._clean()
            self.problem = f"squawk does not start ({error.strerror}): its rules were not asked"

    def remarks(self, seconds: float = _SECONDS) -> tuple[Remark, ...]:
        """Waits for its end, so many seconds at most."""
        if self._process is None:
            return ()
        try:
            told, complaint = self._process.communicate(timeout=seconds)
            if self._process.returncode in {0, 1}:
                return tuple(self._remark(one) for one in json.loads(told))
            self.problem = f"squawk failed ({_last_line(complaint)}): its rules were not asked"
        except subprocess.TimeoutExpired:
            self.problem = f"squawk did not end within {seconds:.0f} s: its rules were not asked"
        except (ValueError, KeyError, TypeError):
            self.problem = f"squawk gave no answer ({_last_line(complaint)}): its rules were not asked"
        finally:
            self._process.kill()
            self._process.communicate()
            self._clean()
        return ()

    def _remark(self, one: Mapping[str, Any]) -> Remark:
        path = self._paths[Path(one["file"]).name]
        return Remark(one["rule_name"], path, one["line"] + 1, one["column"] + 1, one["message"], one["help"] or "")

    def _clean(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else "nothing said"


def _program() -> str | None:
    """The one installed beside us first: its rules are those that were tried with ours."""
    beside = Path(sys.executable).with_name("squawk")
    return str(beside) if beside.is_file() else shutil.which("squawk")
