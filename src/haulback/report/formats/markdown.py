"""For a pull request: GitHub's flavour of Markdown.

Everything that comes from files or servers stands in a code span: there it can neither make a link, an image or
a row, nor mention anybody.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from haulback.model.capture_cost import CaptureEstimate
from haulback.model.check import CheckResult, Outcome
from haulback.model.hazard import Hazard, Level
from haulback.model.migration import Plan
from haulback.model.outcome import Outcome as Ending
from haulback.model.rehearsal import Rehearsal
from haulback.report import digest, text_capture, text_hazards
from haulback.report.formats._format import Format
from haulback.report.hazard_keys import worst_first
from haulback.report.plain import clean, counted, plain
from haulback.report.subjects import LintSubject, PlanSubject

_MOST = 100  # rows; a comment on a pull request holds 65,536 characters
_MOST_REWRITES = 20
_TICKS = re.compile(r"`+")
_MARKS = {Outcome.PASS: "pass", Outcome.FAIL: "**fail**", Outcome.UNKNOWN: "*unknown*"}


def code(text: object) -> str:
    """A code span that shows `text` as it is, inside a table and outside; a dash where it is empty.

    The fence is longer than any run of backticks inside (CommonMark 6.1). In a table GitHub takes the backslash
    away from an escaped pipe before it looks for code spans; outside of tables this module puts no foreign text.
    """
    shown = plain(text)
    if not shown:
        return "–"  # noqa: RUF001 - a dash is meant
    fence = "`" * (max((len(run) for run in _TICKS.findall(shown)), default=0) + 1)
    padding = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{padding}{shown}{padding}{fence}".replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; nothing where there are no rows. Cells are Markdown already."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *lines, ""] if lines else []


def _plan(subject: PlanSubject) -> str:
    plan = subject.plan
    verdict = "would be refused" if subject.blocking else f"{counted(len(plan.migrations), 'migration')} pending"
    lines = [f"## Haulback plan: {verdict}", ""]
    lines += table(
        ("target", "environment", "plan", "applied before"),
        [(code(plan.target), code(plan.environment), code(plan.hash[:12]), str(len(plan.base)))],
    )
    lines += _section("Refused because", table(("reason",), [(code(one),) for one in subject.blocking]))
    lines += _section("Migrations", _migrations(plan))
    lines += _section("Rewritten", _rewrites(plan))
    if plan.migrations:
        lines += _section("Hazards", _NOT_LINTED if subject.hazards is None else _found(subject.hazards))
    lines += _section("Statements that destroy", _destroying(plan))
    if plan.migrations:
        lines += _section("Rehearsal", _rehearsal(subject.rehearsal) if subject.rehearsal else _NO_REHEARSAL)
    lines += _section("Kept in the attic", _capture(subject.capture) if subject.capture else [])
    lines += _section("Checks", _NOT_CHECKED if subject.checks is None else _checks(subject.checks))
    left_out = [(code(file), code(reason)) for file, reason in plan.skipped]
    left_out += [(code(version), "applied, but without a file here") for version in plan.unknown]
    lines += _section("Left out", table(("file", "reason"), left_out))
    lines += _section("Notes", table(("note",), [(code(one),) for one in subject.remarks]))
    return _ended(lines)


def _hazards(subject: LintSubject) -> str:
    blocking = len(subject.blocking)
    verdict = f"{counted(blocking, 'hazard')} blocks" if blocking == 1 else f"{blocking} hazards block"
    return _ended([f"## Haulback lint: {verdict if blocking else 'nothing blocks'}", "", *_found(subject)])


def _found(subject: LintSubject) -> list[str]:
    """Counts, a row a hazard, what blocks first, and below them the rewrites, folded."""
    found = worst_first(subject.hazards)
    lines = [f"{text_hazards.summary(subject)}.", ""]
    lines += table(("level", "hazard", "at", "what happens", "what to do"), map(_hazard, found[:_MOST]))
    rest = len(found) - _MOST
    lines += [f"And {rest} more: `--format json` tells them all.", ""] if rest > 0 else []
    lines += table(("unknown",), [(code(one),) for one in subject.problems])
    rewrites = [one for one in found if one.rewrite and one.level is not Level.NOTE]
    return lines + [line for one in rewrites[:_MOST_REWRITES] for line in _rewrite(one)]


def _hazard(one: Hazard) -> tuple[str, str, str, str, str]:
    level = "**block**" if one.blocks else one.level.value
    kept_out = "" if one.seconds is None else f" (others kept out for about {text_hazards.duration(one.seconds)})"
    return (
        f"{level}, accepted" if one.accepted else level,
        code(one.id),
        code(f"{one.file.name}:{one.line}"),
        code(one.told) + kept_out,
        code(one.advice) if one.advice else ("see below" if one.rewrite and one.level is not Level.NOTE else ""),
    )


def _rewrite(one: Hazard) -> list[str]:
    """A fenced block, longer fenced than anything in it: nothing ends it but its own fence (CommonMark 4.5)."""
    shown = [text_hazards.plain_line(line) for line in one.rewrite.splitlines()]
    fence = "`" * max(3, 1 + max((len(run) for line in shown for run in _TICKS.findall(line)), default=0))
    # The summary is HTML, where only an id, which is ours, is safe.
    summary = f"<details><summary>{html.escape(one.id)}, line {one.line}: the safe rewrite</summary>"
    return [summary, "", f"{fence}sql", *shown, fence, "", "</details>", ""]


def _deployment(outcome: Ending) -> str:
    found = outcome.deployment
    if found is None:
        return "## Haulback: nothing is pending\n"
    lines = [f"## Haulback deployment {found.number}: {found.state}", ""]
    seconds = outcome.seconds or digest.seconds(found)
    lines += table(
        ("target", "environment", "plan", "time", "taken up after an interruption"),
        [
            (
                code(found.target),
                code(found.environment),
                code(found.plan_hash[:12]),
                f"{seconds:.2f} s",
                "yes" if outcome.resumed else "no",
            )
        ],
    )
    why = digest.problem(found)
    lines += _section("Failed", table(("what was said",), [(code(why),)]) if why else [])
    lines += _section("Steps", table(("step", "ended", "time", "noted"), map(_step, digest.steps(found))))
    runs = [(code(one.label), one.ended.value) for one in digest.migrations(found)]
    lines += _section("Migrations", table(("migration", "ended"), runs))
    lines += _section("Rehearsal", _rehearsal(outcome.rehearsal) if outcome.rehearsal else [])
    lines += _section("Checks", _checks(outcome.checks))
    lines += _section("Notes", table(("note",), [(code(note),) for note in outcome.notes]))
    return _ended(lines)


_NO_REHEARSAL = ["No result: whether the plan can be taken back is *unknown*.", ""]
_NOT_LINTED = ["Not looked for: what the migrations would do to others is *unknown*.", ""]
_NOT_CHECKED = ["Not made: whether the target is fit for a deployment is *unknown*.", ""]


def _section(title: str, lines: list[str]) -> list[str]:
    return [f"### {title}", "", *lines] if lines else []


def _ended(lines: list[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


def _migrations(plan: Plan) -> list[str]:
    return table(
        ("migration", "statements", "outside a transaction", "rollback script"),
        [
            (
                code(one.label),
                str(len(one.script.statements)),
                str(sum(not statement.transactional for statement in one.script.statements)),
                "yes" if one.rollback else "no",
            )
            for one in plan.migrations
        ],
    )


def _rewrites(plan: Plan) -> list[str]:
    """The texts that run. A fence is longer than any run of backticks in its text, so nothing in it ends the block."""
    lines: list[str] = []
    for one in plan.rewritten:
        text = str(clean(one.script.text)).rstrip("\n")
        fence = "`" * max(3, *(len(run) + 1 for run in _TICKS.findall(text)), 0)
        lines += [f"{code(one.label)} runs as:", "", f"{fence}sql", text, fence, ""]
    return lines


def _destroying(plan: Plan) -> list[str]:
    rows = [
        (code(label), f"{statement.line}:{statement.column}", code(statement.kind), code(", ".join(statement.destroys)))
        for label, statement in plan.destroys
    ]
    return table(("migration", "at", "statement", "destroys"), rows)


def _rehearsal(found: Rehearsal) -> list[str]:
    verdict = "**can be taken back**" if found.reversible else "**cannot be taken back**"
    lines = [
        f"Ran forward, back and forward again on PostgreSQL {found.major} in {found.seconds:.2f} s: {verdict}.",
        "",
    ]
    lines += table(("why it cannot be taken back",), [(code(one),) for one in found.problems])
    lines += table(
        ("lock taken", "on", "by"),
        [(code(mode), code(name), code(one.migration)) for one in found.units for name, mode in one.locks],
    )
    lines += table(
        ("table rewritten", "by"), [(code(name), code(one.migration)) for one in found.units for name in one.rewritten]
    )
    lines += table(
        ("rows on the shadow", "inserted", "updated", "deleted"),
        [
            (code(name), str(inserted), str(updated), str(deleted))
            for one in found.units
            for name, inserted, updated, deleted in one.written
        ],
    )
    slowest = sorted(found.statements, key=lambda one: -one.milliseconds)[:5]
    lines += table(
        ("slowest statements", "line", "kind", "time"),
        [(code(one.migration), str(one.line), code(one.kind), f"{one.milliseconds:.1f} ms") for one in slowest],
    )
    return lines + table(("note",), [(code(one),) for one in found.notes])


def _capture(found: CaptureEstimate) -> list[str]:
    lines = [f"{text_capture.summary(found)}.", ""]
    lines += table(
        ("kept", "of", "rows", "disk", "time", "lock", "way back"),
        [(one.kind.value, code(text_capture.name(one)), *text_capture.figures(one)) for one in found.costs],
    )
    return lines + table(("size not known",), [(code(one),) for one in found.unmeasured])


def _checks(results: tuple[CheckResult, ...]) -> list[str]:
    return table(
        ("check", "outcome", "figure", "wanted"),
        [
            (
                code(one.id),
                _MARKS[one.outcome] + (", blocks" if one.blocks else ""),
                code(one.figure),
                code(one.threshold),
            )
            for one in results
        ],
    )


def _step(one: digest.Step) -> tuple[str, str, str, str]:
    seconds = f"{one.seconds:.3f} s" if one.seconds is not None else "–"  # noqa: RUF001 - a dash is meant
    unknown = f"unknown: {', '.join(one.unknown)}" if one.unknown else ""
    return code(one.id), one.ended.value, seconds, code(one.problem or unknown or digest.noted(one.noted))


FORMAT = Format("markdown", (".md", ".markdown"), _plan, _deployment, _hazards)
