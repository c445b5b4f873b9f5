from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import psycopg
import pytest

from haulback.checks import preflight
from haulback.checks._check import Check
from haulback.checks._context import CheckContext
from haulback.model.check import Outcome
from haulback.pg.session import server

# These read the context and ask the server nothing.
WITHOUT_SERVER = {"backup", "history", "tls"}


def test_every_check_answers_in_a_stable_order(context):
    results = preflight.run(context())

    assert [result.id for result in results] == list(preflight.checks())
    assert {result.id: result for result in results}["connection"].outcome is Outcome.PASS


def test_every_check_can_be_measured_on_every_major(any_database, target):
    with any_database.connect(autocommit=True) as connection:
        given = CheckContext(target=target, connection=connection, server=server(connection), deployment_lock=(1, 2))
        unanswered = [result for result in preflight.run(given) if "could not be measured" in result.figure]

    assert unanswered == []


def test_a_lost_session_makes_every_question_to_the_server_unknown(context):
    lost = context(deployment_lock=(1, 2))
    lost.connection.close()

    results = {result.id: result for result in preflight.run(lost)}

    asked = {id_: result for id_, result in results.items() if id_ not in WITHOUT_SERVER}
    assert {result.outcome for result in asked.values()} == {Outcome.UNKNOWN}
    assert all("could not be measured" in result.figure for result in asked.values())


def test_a_terminated_backend_is_unknown_too(context, superuser):
    killed = context()
    superuser.execute("select pg_terminate_backend(%s)", (killed.connection.info.backend_pid,))

    results = {result.id: result for result in preflight.run(killed)}

    assert results["connections"].outcome is Outcome.UNKNOWN


def test_the_settings_of_the_session_are_put_back(context):
    given = context()
    given.connection.execute("set statement_timeout = '77s'; set lock_timeout = '11s'")

    preflight.run(given)

    row = given.connection.execute(
        "select current_setting('statement_timeout'), current_setting('lock_timeout')"
    ).fetchone()
    assert row == ("77s", "11s")


def test_a_check_that_hangs_is_cut_short_and_unknown(context, monkeypatch):
    def hang(given):
        assert given.connection.execute("show statement_timeout").fetchone() == ("5s",)
        given.connection.execute("set statement_timeout = '50ms'")
        given.connection.execute("select pg_sleep(60)")

    check = Check("slow", "Slow", hang)
    monkeypatch.setattr(preflight, "checks", lambda: MappingProxyType({"slow": check}))

    (result,) = preflight.run(context())

    assert result.outcome is Outcome.UNKNOWN
    assert "statement timeout" in result.figure


def test_a_bug_in_a_check_is_not_swallowed(context, monkeypatch):
    def broken(given):
        raise ZeroDivisionError

    monkeypatch.setattr(preflight, "checks", lambda: MappingProxyType({"broken": Check("broken", "Broken", broken)}))

    with pytest.raises(ZeroDivisionError):
        preflight.run(context())


def test_a_reason_is_redacted(context, monkeypatch):
    def leak(given):
        message = "cannot reach postgresql://me:hunter2@db/x"
        raise psycopg.OperationalError(message)

    monkeypatch.setattr(preflight, "checks", lambda: MappingProxyType({"leak": Check("leak", "Leak", leak)}))

    (result,) = preflight.run(context())

    assert "hunter2" not in result.figure
    assert "me:" in result.figure


def test_the_targets_policy_says_what_blocks(context):
    given = context()
    strict = {result.id: result.blocks for result in preflight.run(given)}
    policy = replace(given.target.policy, accept_unknown=frozenset({"backup"}))
    lenient = {
        result.id: result.blocks
        for result in preflight.run(replace(given, target=replace(given.target, policy=policy)))
    }

    assert strict["backup"] is True
    assert lenient["backup"] is False
