"""--format and --report: how the result of a command is told, and to which file."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from haulback import registry
from haulback.errors import UsageError
from haulback.model.outcome import Outcome
from haulback.report.formats._format import Format
from haulback.report.hazard_keys import rebased
from haulback.report.subjects import LintSubject, PlanSubject

F = TypeVar("F", bound=Callable[..., Any])


class Kind(StrEnum):
    """What a command reports; the name of the attribute of `Format` that has words for it."""

    PLAN = "plan"
    DEPLOYMENT = "deployment"
    HAZARDS = "hazards"


# Written out: to find out would load every format for a --help.
_HELP: Mapping[Kind, str] = {
    Kind.PLAN: "text, json, markdown, junit, sarif, github or gitlab; else as FILE ends.",
    Kind.DEPLOYMENT: "text, json, markdown or junit; else as FILE ends.",
    Kind.HAZARDS: "text, json, markdown, junit, sarif, github or gitlab; else as FILE ends.",
}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a report goes, settled before anything is touched.

    Attributes:
        form: None where nobody asked for a format or a file: the command tells its result in its own way.
        file: None for stdout.
    """

    form: Format | None
    file: Path | None

    @property
    def takes_stdout(self) -> bool:
        """Whether the report is the command's output, so that it prints nothing else there."""
        return self.form is not None and self.file is None

    def plan(self, subject: PlanSubject) -> None:
        """Writes the report of a plan, where one was asked for."""
        if self.form and self.form.plan:
            placed = replace(subject, hazards=subject.hazards and self._placed(subject.hazards))
            self._write(self.form.plan(placed))

    def deployment(self, outcome: Outcome) -> None:
        """Writes the report of a deployment, where one was asked for."""
        if self.form and self.form.deployment:
            self._write(self.form.deployment(outcome))

    def hazards(self, subject: LintSubject) -> None:
        """Writes the report of hazards, where one was asked for."""
        if self.form and self.form.hazards:
            self._write(self.form.hazards(self._placed(subject)))

    def _placed(self, subject: LintSubject) -> LintSubject:
        return rebased(subject, _repository()) if self.form and self.form.in_repository else subject

    def _write(self, text: str) -> None:
        if self.file is None:
            sys.stdout.write(text)
            return
        # Whole or not at all: a CI server that finds the file finds all of it.
        unfinished = self.file.with_name(f".{self.file.name}.unfinished")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(self.file)


def _repository() -> Path:
    """The root of the repository around the current folder; without one, that folder."""
    here = Path.cwd()
    return next((one for one in (here, *here.parents) if (one / ".git").exists()), here)


def options(function: F) -> F:
    """--format and --report of a command that reports a deployment, handed to it as `report`, a Destination.

    Stands above `options.common`. The command gives its subject to `report.deployment` (`report.plan`,
    `report.hazards`), and prints its own result unless `report.takes_stdout`.
    """
    return _options(function, Kind.DEPLOYMENT)


def options_of_plan(function: F) -> F:
    """The same of a command that reports a plan."""
    return _options(function, Kind.PLAN)


def options_of_hazards(function: F) -> F:
    """The same of a command that reports hazards."""
    return _options(function, Kind.HAZARDS)


def _options(function: F, kind: Kind) -> F:
    @functools.wraps(function)
    def called(*arguments: Any, report_format: str | None, report_file: Path | None, **others: Any) -> Any:
        chosen = destination(report_format, report_file, as_json=bool(others.get("as_json")), kind=kind)
        return function(*arguments, report=chosen, **others)

    wrapped: Callable[..., Any] = called
    for option in (
        click.option(
            "--report",
            "report_file",
            metavar="FILE",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Write the report to FILE, whole or not at all.",
        ),
        click.option("--format", "report_format", metavar="FORMAT", help=_HELP[kind]),
    ):
        wrapped = option(wrapped)
    return cast("F", wrapped)


def destination(form: str | None, file: Path | None, *, as_json: bool, kind: Kind = Kind.DEPLOYMENT) -> Destination:
    """Settles format and file.

    Raises:
        UsageError: there is no such format, it has no words for what is reported, two things want stdout, or the
            file's folder is not there.
    """
    if form is None and file is None:
        return Destination(None, None)
    known = registry.find("haulback.report.formats", "reports", "FORMAT")
    if form is None:
        found = [one for one in known.values() if file and file.suffix.lower() in one.suffixes]
        return Destination(_fit(found[0] if found else known["text"], known, kind), _writable(file))
    if form not in known:
        raise UsageError(problem=f"there is no report format {form}", hint=f"Known formats: {_fitting(known, kind)}.")
    if file is None and as_json:
        raise UsageError(
            problem="--json and --format both write to stdout",
            hint="Leave one out, or name a file with --report.",
        )
    return Destination(_fit(known[form], known, kind), _writable(file))


def _fit(form: Format, known: Mapping[str, Format], kind: Kind) -> Format:
    if getattr(form, kind) is None:
        what = kind if kind is Kind.HAZARDS else f"a {kind}"
        raise UsageError(
            problem=f"the format {form.id} has no words for {what}", hint=f"Use one of {_fitting(known, kind)}."
        )
    return form


def _fitting(known: Mapping[str, Format], kind: Kind) -> str:
    return ", ".join(name for name, one in known.items() if getattr(one, kind) is not None)


def _writable(file: Path | None) -> Path | None:
    if file and not file.absolute().parent.is_dir():
        raise UsageError(
            problem=f"there is no folder {file.absolute().parent} for the report",
            hint="Make the folder, or name another file.",
        )
    return file
