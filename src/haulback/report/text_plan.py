"""A plan, its rehearsal and its checks told to a person."""

from __future__ import annotations

from collections import Counter

from haulback.model.check import CheckResult, Outcome
from haulback.model.hazard import Level
from haulback.model.migration import Migration, Statement
from haulback.model.rehearsal import Rehearsal
from haulback.report import text_capture, text_hazards
from haulback.report.columns import aligned
from haulback.report.hazard_keys import worst_first
from haulback.report.plain import clean, counted, plain
from haulback.report.subjects import LintSubject, PlanSubject

_MOST = 12  # lines of one list; the rest is counted, and JSON has them all


def planned(subject: PlanSubject, *, statements: bool = False) -> str:
    """The whole report of a plan; `statements` lists each statement, not only those worth a second look."""
    plan = subject.plan
    lines = [f"plan for {plain(plan.target)} ({plain(plan.environment)}), {plan.hash[:12]}"]
    lines.append(f"  {len(plan.migrations)} pending, {len(plan.base)} applied")
    lines += [f"  not a migration: {plain(file)}: {plain(reason)}" for file, reason in plan.skipped]
    if plan.unknown:
        lines.append(f"  applied, but without a file here: {_some(plan.unknown)}")
    if plan.migrations:
        lines += ["", "migrations", *_migrations(plan.migrations, statements=statements)]
        lines += ["", *(rehearsal(subject.rehearsal) if subject.rehearsal else _no_rehearsal())]
    if subject.capture is not None:
        lines += ["", f"capture: {text_capture.summary(subject.capture)}", *text_capture.lines(subject.capture)]
    if subject.hazards is not None:
        lines += ["", f"hazards: {text_hazards.summary(subject.hazards)}", *_hazards(subject.hazards)]
    elif plan.migrations:
        lines += ["", "hazards: no result", "  unknown: what the migrations would do to others"]
    if subject.checks is not None:
        lines += ["", *checks(subject.checks)]
    if subject.remarks:
        lines += ["", *(f"note: {plain(one)}" for one in subject.remarks)]
    if subject.saved:
        lines += ["", f"saved in {plain(subject.saved)}"]
    if subject.blocking:
        lines += ["", "a deployment would be refused", *(f"  {plain(one)}" for one in subject.blocking)]
    return "\n".join(lines) + "\n"


def _hazards(found: LintSubject) -> list[str]:
    """Those that block, and then the warnings, as far as a person reads."""
    shown = [one for one in worst_first(found.hazards) if one.level is not Level.NOTE]
    shown = [*(one for one in shown if one.blocks), *[one for one in shown if not one.blocks][:_MOST]]
    lines = [f"  {line}" for line in text_hazards.hazards(tuple(shown))]
    rest = len(found.hazards) - len(shown)
    lines += [f"  {rest} more: --json tells them all"] if rest else []
    return lines + [f"  unknown: {plain(one)}" for one in found.problems]


def rehearsal(found: Rehearsal) -> list[str]:
    """What the shadow told."""
    lines = [
        f"rehearsal on PostgreSQL {found.major}: {counted(len(found.statements), 'statement')}, {found.seconds:.2f} s",
        *aligned(_figures(found)),
    ]
    lines += [f"  cannot be taken back: {plain(one)}" for one in found.problems[:_MOST]]
    return lines + [f"  note: {plain(one)}" for one in found.notes[:_MOST]]


def checks(results: tuple[CheckResult, ...]) -> list[str]:
    """One line of counts, then a line and a hint for each check that is not a pass."""
    counts = Counter(one.outcome for one in results)
    lines = ["checks: " + ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome)]
    open_ = sorted((one for one in results if one.outcome is not Outcome.PASS), key=_urgency)
    for line, one in zip(aligned([(_verdict(one), one.id, _figure(one)) for one in open_]), open_, strict=True):
        lines += [line, *([f"      {plain(one.hint)}"] if one.hint else [])]
    return lines


def checked(results: tuple[CheckResult, ...]) -> str:
    """Every check with its figure: `haulback preflight`."""
    lines = aligned([(_verdict(one), one.id, _figure(one)) for one in results])
    hints = [f"  {one.id}: {plain(one.hint)}" for one in results if one.hint and one.outcome is not Outcome.PASS]
    blocking = [one.id for one in results if one.blocks]
    ending = f"a deployment would be refused: {', '.join(blocking)}" if blocking else "nothing refuses a deployment"
    return "\n".join([*lines, *(["", "what to do", *hints] if hints else []), "", ending]) + "\n"


def _figure(result: CheckResult) -> str:
    return result.figure if result.outcome is Outcome.PASS else f"{result.figure} (wanted: {result.threshold})"


def _verdict(result: CheckResult) -> str:
    return f"{result.outcome}, blocks" if result.blocks else result.outcome.value


def _urgency(result: CheckResult) -> tuple[bool, bool]:
    return (not result.blocks, result.outcome is not Outcome.FAIL)


def _no_rehearsal() -> list[str]:
    return ["rehearsal: no result", "  unknown: whether the plan can be taken back, and which locks it takes"]


def _migrations(migrations: tuple[Migration, ...], *, statements: bool) -> list[str]:
    heads = aligned(
        [
            (
                one.label,
                counted(len(one.script.statements), "statement"),
                "with a rollback script" if one.rollback else "",
            )
            for one in migrations
        ]
    )
    lines = []
    for head, migration in zip(heads, migrations, strict=True):
        shown = [one for one in migration.script.statements if statements or one.destroys or not one.transactional]
        lines += [head, *aligned([_statement(one) for one in shown], indent="      "), *_rewrite(migration)]
    return lines


def _rewrite(migration: Migration) -> list[str]:
    """The text that runs in the place of the file's, as it stands."""
    if migration.written is None:
        return []
    text = str(clean(migration.script.text)).rstrip("\n").split("\n")
    return ["      runs rewritten:", *(f"        {line}".rstrip() for line in text)]


def _statement(statement: Statement) -> tuple[str, str, str]:
    remarks = [f"destroys {one}" for one in statement.destroys]
    remarks += [] if statement.transactional else ["outside a transaction"]
    return f"{statement.line}:{statement.column}", statement.kind, "; ".join(remarks)


def _figures(found: Rehearsal) -> list[tuple[str, str]]:
    difference = found.difference
    changes = f"{len(difference.created)} created, {len(difference.dropped)} dropped, {len(difference.changed)} changed"
    rows = [("can be taken back", "yes" if found.reversible else "no"), ("objects", changes)]
    rows += [("lock", f"{mode} on {relation}") for one in found.units for relation, mode in one.locks][:_MOST]
    rows += [("rewrites", relation) for one in found.units for relation in one.rewritten][:_MOST]
    rows += [
        ("writes rows", f"{table}: {inserted} inserted, {updated} updated, {deleted} deleted on the shadow")
        for one in found.units
        for table, inserted, updated, deleted in one.written
    ][:_MOST]
    if found.statements:
        slow = max(found.statements, key=lambda one: one.milliseconds)
        rows.append(("slowest", f"{slow.milliseconds:.1f} ms, {slow.migration} line {slow.line}: {slow.kind}"))
    return rows


def _some(names: tuple[str, ...]) -> str:
    rest = len(names) - _MOST
    return ", ".join(plain(one) for one in names[:_MOST]) + (f" and {rest} more" if rest > 0 else "")
