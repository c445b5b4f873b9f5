"""A deployment told to a person."""

from __future__ import annotations

from haulback.model.outcome import Outcome
from haulback.report import digest, text_plan
from haulback.report.columns import aligned
from haulback.report.plain import counted, plain


def deployed(outcome: Outcome) -> str:
    """The last lines of `haulback deploy`: what a person wants to know after the progress has gone by."""
    if outcome.deployment is None:
        return "nothing is pending"
    return "\n".join([_headline(outcome), *(f"  note: {plain(note)}" for note in outcome.notes)])


def deployment(outcome: Outcome) -> str:
    """The whole report of a deployment."""
    found = outcome.deployment
    if found is None:
        return "nothing is pending\n"
    lines = [_headline(outcome), f"  {plain(found.target)} ({plain(found.environment)}), plan {found.plan_hash[:12]}"]
    if why := digest.problem(found):
        lines.append(f"  failed: {plain(why)}")
    lines += ["", "steps", *(_steps(digest.steps(found)) or ["  none was begun"])]
    if migrations := digest.migrations(found):
        lines += ["", "migrations", *aligned([(one.ended, one.label) for one in migrations])]
    if outcome.rehearsal:
        lines += ["", *text_plan.rehearsal(outcome.rehearsal)]
    if outcome.checks:
        lines += ["", *text_plan.checks(outcome.checks)]
    lines += [f"  note: {plain(note)}" for note in outcome.notes]
    return "\n".join(lines) + "\n"


def _headline(outcome: Outcome) -> str:
    assert outcome.deployment is not None  # noqa: S101 - the callers looked
    seconds = outcome.seconds or digest.seconds(outcome.deployment)
    taken_up = ", taken up after an interruption" if outcome.resumed else ""
    done = sum(one.ended is digest.Ended.DONE for one in digest.migrations(outcome.deployment))
    count = f", {counted(done, 'migration')}" if done else ""
    state = outcome.deployment.state
    lasted = f"{state}, last heard of after" if state.unfinished else f"{state} in"
    return f"deployment {outcome.deployment.number}: {lasted} {seconds:.2f} s{count}{taken_up}"


def _steps(steps: tuple[digest.Step, ...]) -> list[str]:
    rows = []
    for one in steps:
        seconds = f"{one.seconds:8.3f} s" if one.seconds is not None else " " * 10
        unknown = f"unknown: {', '.join(one.unknown)}" if one.unknown else ""
        told = one.problem or unknown or digest.noted(one.noted)
        rows.append((one.ended, one.id, seconds, told))
    return aligned(rows)
