from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haulback.checks.preflight import checks, judge
from haulback.model.check import CheckResult, Outcome
from haulback.model.target import Policy

IDS = ("backup", "disk", "tls")
results = st.lists(
    st.builds(
        CheckResult,
        id=st.sampled_from(IDS),
        title=st.just("t"),
        outcome=st.sampled_from(Outcome),
        figure=st.just("f"),
        threshold=st.just("t"),
        blocks=st.booleans(),
        informational=st.booleans(),
    )
).map(tuple)
some_ids = st.frozensets(st.sampled_from(IDS))
policies = st.builds(Policy, unknown_blocks=st.booleans(), accept_unknown=some_ids, warn_only=some_ids)


def result(id_="disk", outcome=Outcome.FAIL, **fields):
    return CheckResult(id=id_, title="t", outcome=outcome, figure="f", threshold="t", **fields)


def blocks(one, **policy):
    return judge((one,), Policy(**{"unknown_blocks": True} | policy))[0].blocks


def test_a_failure_blocks_unless_the_policy_only_warns_of_it():
    assert blocks(result())
    assert not blocks(result(), warn_only=frozenset({"disk"}))
    assert blocks(result(), accept_unknown=frozenset({"disk"}))


def test_unknown_blocks_where_the_policy_says_so_unless_it_names_the_check():
    unknown = result(outcome=Outcome.UNKNOWN)
    assert blocks(unknown)
    assert not blocks(unknown, unknown_blocks=False)
    assert not blocks(unknown, accept_unknown=frozenset({"disk"}))
    assert blocks(unknown, accept_unknown=frozenset({"backup"}))


@given(results, policies)
def test_a_pass_or_an_informational_answer_never_blocks(given_results, policy):
    for one in judge(given_results, policy):
        assert not one.blocks or not (one.informational or one.outcome is Outcome.PASS)


@given(results, policies)
def test_judging_keeps_order_and_answers_and_settles_at_once(given_results, policy):
    judged = judge(given_results, policy)
    assert [(one.id, one.outcome) for one in judged] == [(one.id, one.outcome) for one in given_results]
    assert judge(judged, policy) == judged


def test_ids_are_the_file_names():
    assert list(checks()) == sorted(checks(), key=lambda id_: id_.replace("-", "_"))
