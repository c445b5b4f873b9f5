"""JUnit as Jenkins reads it: elements, attributes and counts as in its junit-10 schema."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_samples import deployment, migration, plan

from haulback.model.check import CheckResult, Outcome
from haulback.model.deployment import Deployment, Event
from haulback.model.outcome import Outcome as Ending
from haulback.report.formats.junit import FORMAT
from haulback.report.subjects import PlanSubject

# element: (children, attributes it may have, attributes it must have)
SHAPE = {
    "testsuites": ({"testsuite"}, {"name", "time", "tests", "failures", "errors"}, set()),
    "testsuite": (
        {"testcase"},
        {"name", "tests", "failures", "errors", "time", "skipped", "timestamp"},
        {"name", "tests", "failures", "errors"},
    ),
    "testcase": ({"skipped", "failure"}, {"name", "classname", "time"}, {"name"}),
    "failure": (set(), {"message", "type"}, set()),
    "skipped": (set(), {"message"}, set()),
}


def check_shape(element: ET.Element) -> None:
    children, allowed, required = SHAPE[element.tag]
    assert {one.tag for one in element} <= children
    assert required <= set(element.keys()) <= allowed
    for number in {"tests", "failures", "errors", "skipped"} & set(element.keys()):
        assert re.fullmatch(r"\d+", element.attrib[number])
    if "time" in element.attrib:
        assert re.fullmatch(r"\d+\.\d{3}", element.attrib["time"])
    if "timestamp" in element.attrib:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", element.attrib["timestamp"])
    if element.tag in {"testsuite", "testsuites"}:
        cases = list(element.iter("testcase"))
        assert int(element.attrib["tests"]) == len(cases)
        assert int(element.attrib["failures"]) == sum(one.find("failure") is not None for one in cases)
    if element.tag == "testsuite":
        assert int(element.attrib["skipped"]) == len(element.findall("testcase/skipped"))
    for one in element:
        check_shape(one)


def cases(text: str) -> dict[str, str]:
    """Every case as `suite: name`, with what it came to."""
    return {
        f"{suite.attrib['name']}: {one.attrib['name']}": one[0].tag if len(one) else "passed"
        for suite in ET.fromstring(text)
        for one in suite
    }


def test_shape(subject: PlanSubject, stands: Deployment, went_back: Deployment, crashed: Deployment) -> None:
    for text in (FORMAT.plan(subject), *(FORMAT.deployment(Ending(one)) for one in (stands, went_back, crashed))):
        check_shape(ET.fromstring(text))


def test_nothing_pending_is_a_valid_document() -> None:
    check_shape(ET.fromstring(FORMAT.deployment(Ending(None))))


def test_unknown_is_skipped_and_only_what_blocks_fails(subject: PlanSubject) -> None:
    found = cases(FORMAT.plan(subject))
    assert found["haulback.checks: connection"] == "passed"
    assert found["haulback.checks: disk"] == "failure"
    assert found["haulback.checks: backup"] == "skipped"
    assert found["haulback.checks: load"] == "skipped"


def test_an_unknown_check_that_blocks_fails(subject: PlanSubject) -> None:
    blocking = CheckResult("backup", "backup", Outcome.UNKNOWN, "?", "known", blocks=True)
    assert cases(FORMAT.plan(replace(subject, checks=(blocking,))))["haulback.checks: backup"] == "failure"


def test_what_was_not_rehearsed_is_skipped(subject: PlanSubject) -> None:
    found = cases(FORMAT.plan(PlanSubject(subject.plan)))
    assert {one for name, one in found.items() if name.startswith("haulback.rehearsal")} == {"skipped"}


def test_what_policy_lets_pass_does_not_fail(subject: PlanSubject) -> None:
    found = cases(FORMAT.plan(replace(subject, refusals=())))
    assert found["haulback.rehearsal: can be taken back"] == "skipped"


@pytest.mark.parametrize(("which", "wanted"), [("stands", "passed"), ("went_back", "failure"), ("crashed", "failure")])
def test_the_deployment_as_a_whole(which: str, wanted: str, request: pytest.FixtureRequest) -> None:
    found = cases(FORMAT.deployment(Ending(request.getfixturevalue(which))))
    assert found["haulback.deployment: deployment 7"] == wanted


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=40), st.text(max_size=60))
def test_any_name_and_message_leaves_it_well_formed(name: str, message: str) -> None:
    odd = deployment(("migrate", Event.BEGUN, "", {}), ("migrate", Event.FAILED, "", {"problem": message}))
    check = CheckResult(name or "x", "", Outcome.UNKNOWN, message, message, message)
    for text in (
        FORMAT.plan(PlanSubject(plan(migration("1", name), target=name), None, (check,), (message,))),
        FORMAT.deployment(Ending(odd, (check,), notes=(message,))),
    ):
        check_shape(ET.fromstring(text))
