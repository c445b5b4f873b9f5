"""For a CI server: JUnit's XML, in the shape that Jenkins describes in junit-10.xsd.

What is not known is skipped with its reason, never passed; a check that fails and does not block is skipped too,
so that a build breaks exactly where a deployment would.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from haulback.model.check import CheckResult, Outcome
from haulback.model.hazard import Hazard
from haulback.model.outcome import Outcome as Ending
from haulback.model.rehearsal import Rehearsal
from haulback.report import digest
from haulback.report.formats._format import Format
from haulback.report.hazard_keys import worst_first
from haulback.report.plain import counted, plain
from haulback.report.subjects import LintSubject, PlanSubject


@dataclass(frozen=True, slots=True)
class _Case:
    """One test case: passed unless one of the two says otherwise."""

    name: str
    failure: str = ""
    skipped: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Suite:
    name: str
    cases: Sequence[_Case]
    timestamp: str = ""


def _plan(subject: PlanSubject) -> str:
    made = f"{subject.plan.made_at:%Y-%m-%dT%H:%M:%S}"
    suites = [
        _Suite("haulback.plan", [_Case(one, failure=one) for one in subject.refusals] or [_Case("can be made")], made),
        _Suite("haulback.rehearsal", _rehearsed(subject), made),
        _Suite("haulback.hazards", _of_plan(subject), made),
        _Suite("haulback.checks", [_check(one) for one in subject.checks or ()], made),
    ]
    return _written(f"haulback plan {subject.plan.target}", suites)


def _hazards(subject: LintSubject) -> str:
    return _written("haulback lint", [_Suite("haulback.hazards", _found(subject))])


def _of_plan(subject: PlanSubject) -> list[_Case]:
    if not subject.plan.migrations:
        return []
    if subject.hazards is None:
        return [_Case("hazards", skipped="unknown: they were not looked for")]
    return _found(subject.hazards)


def _found(subject: LintSubject) -> list[_Case]:
    """A case a hazard, whose name stays when lines move; what does not block is skipped."""
    cases = [_hazard(one) for one in worst_first(subject.hazards)]
    cases += [_Case("all rules asked", skipped=f"unknown: {one}") for one in subject.problems]
    return cases or [_Case(f"no hazard in {counted(subject.files, 'file')}")]


def _hazard(one: Hazard) -> _Case:
    level = f"{one.level}, accepted" if one.accepted else one.level.value
    told = f"{one.file}:{one.line}:{one.column}: {level}: {one.told}" + (f". {one.advice}" if one.advice else "")
    name = f"{one.id}: {one.file.name}" + (f": {one.subject}" if one.subject else "")
    return _Case(name, failure=told if one.blocks else "", skipped="" if one.blocks else told)


def _deployment(outcome: Ending) -> str:
    found = outcome.deployment
    if found is None:
        return _written("haulback deployment", [])
    begun = f"{found.begun_at:%Y-%m-%dT%H:%M:%S}"
    suites = [
        _Suite("haulback.checks", [_check(one) for one in outcome.checks], begun),
        _Suite("haulback.rehearsal", _rehearsal(outcome.rehearsal, refused=False) if outcome.rehearsal else [], begun),
        _Suite("haulback.migrations", [_migration(one) for one in digest.migrations(found)], begun),
        _Suite("haulback.steps", [_step(one) for one in digest.steps(found)], begun),
        _Suite("haulback.probes", list(_unknown(digest.steps(found))), begun),
    ]
    told = sum(one.seconds for suite in suites for one in suite.cases)
    suites.append(_Suite("haulback.deployment", [_whole(outcome, told)], begun))
    return _written(f"haulback deployment {found.number} {found.target}", suites)


def _whole(outcome: Ending, told: float) -> _Case:
    """The deployment itself; its time is what the other cases leave of it, so that the sum is true."""
    assert outcome.deployment is not None  # noqa: S101 - the caller looked
    ending = digest.ending(outcome.deployment)
    why = digest.problem(outcome.deployment) or f"it is {outcome.deployment.state}"
    seconds = outcome.seconds or digest.seconds(outcome.deployment)
    return _Case(
        f"deployment {outcome.deployment.number}", failure=why if ending else "", seconds=max(0.0, seconds - told)
    )


def _check(result: CheckResult) -> _Case:
    told = f"{result.figure} (wanted: {result.threshold})" + (f". {result.hint}" if result.hint else "")
    if result.blocks:
        return _Case(result.id, failure=f"{result.outcome}: {told}")
    return _Case(result.id, skipped="" if result.outcome is Outcome.PASS else f"{result.outcome}: {told}")


def _rehearsed(subject: PlanSubject) -> list[_Case]:
    if subject.rehearsal:
        return _rehearsal(subject.rehearsal, refused=bool(subject.refusals))
    labels = [one.label for one in subject.plan.migrations]
    return [_Case(label, skipped="unknown: no rehearsal came to its end") for label in labels]


def _rehearsal(found: Rehearsal, *, refused: bool) -> list[_Case]:
    spent: dict[str, float] = {}
    for one in found.statements:
        spent[one.migration] = spent.get(one.migration, 0.0) + one.milliseconds / 1000
    cases = [_Case(label, seconds=seconds) for label, seconds in spent.items()]
    rest = max(0.0, found.seconds - sum(spent.values()))
    if found.reversible:
        return [*cases, _Case("can be taken back", seconds=rest)]
    problems = "; ".join(found.problems) or "going back did not end where it began"
    failure, skipped = (problems, "") if refused else ("", f"fail: {problems}")
    return [*cases, _Case("can be taken back", failure, skipped, rest)]


def _migration(one: digest.MigrationRun) -> _Case:
    match one.ended:
        case digest.Ended.DONE:
            return _Case(one.label)
        case digest.Ended.NOT_RUN:
            return _Case(one.label, skipped="it was not run")
        case digest.Ended.UNDONE:
            return _Case(one.label, skipped="it was taken back")
        case _:
            return _Case(one.label, failure=one.ended.value)


def _step(one: digest.Step) -> _Case:
    seconds = one.seconds or 0.0
    if one.problem or one.ended in {digest.Ended.FAILED, digest.Ended.BEGUN}:
        return _Case(one.id, failure=one.problem or "it was begun and did not end", seconds=seconds)
    if one.ended is digest.Ended.UNDONE:
        return _Case(one.id, skipped="it was taken back", seconds=seconds)
    if one.ended is digest.Ended.SKIPPED:
        return _Case(one.id, skipped=str(one.noted["skipped"]), seconds=seconds)
    return _Case(one.id, seconds=seconds)


def _unknown(steps: Iterable[digest.Step]) -> Iterable[_Case]:
    for step in steps:
        for name in step.unknown:
            reason = str(step.noted.get("reason") or "it could not be found out")
            yield _Case(f"{step.id}: {name}", skipped=f"unknown: {reason}")


def _written(name: str, suites: Sequence[_Suite]) -> str:
    kept = [suite for suite in suites if suite.cases]
    root = ET.Element("testsuites", {"name": plain(name), **_totals([one for suite in kept for one in suite.cases])})
    for suite in kept:
        found = ET.SubElement(root, "testsuite", {"name": suite.name, **_totals(suite.cases)})
        found.set("skipped", str(sum(bool(one.skipped and not one.failure) for one in suite.cases)))
        if suite.timestamp:
            found.set("timestamp", suite.timestamp)
        for one in suite.cases:
            _written_case(found, suite.name, one)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _written_case(parent: ET.Element, suite: str, case: _Case) -> None:
    attributes = {"name": plain(case.name), "classname": suite, "time": f"{case.seconds:.3f}"}
    element = ET.SubElement(parent, "testcase", attributes)
    if case.failure:
        message = plain(case.failure)
        ET.SubElement(element, "failure", {"message": message, "type": "failure"}).text = message
    elif case.skipped:
        ET.SubElement(element, "skipped", {"message": plain(case.skipped)})


def _totals(cases: Sequence[_Case]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(bool(one.failure) for one in cases)),
        "errors": "0",
        "time": f"{sum(one.seconds for one in cases):.3f}",
    }


FORMAT = Format("junit", (".xml",), _plan, _deployment, _hazards)
