from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest

from haulback.deploy.decisions import Action, decide
from haulback.deploy.errors import ValidationFailed, VerificationFailed
from haulback.deploy.recovery import Course, course
from haulback.journal.lock import LockLost
from haulback.model.deployment import Deployment, Entry, Event, State
from haulback.pg.execution import ConnectionLost, StatementFailed
from haulback.pg.locks import HeldTooLong, LockPatienceOver
from haulback.pg.session import ConnectionFailed

NOON = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failure", "action"),
    [
        (LockLost(target="t"), Action.STOP),
        (ConnectionLost(target="t", reason="x"), Action.STOP),
        (ConnectionFailed(target="t", reason="x"), Action.STOP),
        (KeyboardInterrupt(), Action.STOP),
        (psycopg.OperationalError("server closed the connection unexpectedly"), Action.STOP),
        (psycopg.errors.AdminShutdown(), Action.STOP),
        (psycopg.errors.CrashShutdown(), Action.STOP),
        (psycopg.errors.CannotConnectNow(), Action.STOP),
        (psycopg.errors.ConnectionFailure(), Action.STOP),
        (psycopg.errors.DiskFull(), Action.GO_BACK),
        (psycopg.errors.OutOfMemory(), Action.GO_BACK),
        (psycopg.errors.QueryCanceled(), Action.GO_BACK),
        (psycopg.errors.InsufficientPrivilege(), Action.GO_BACK),
        (StatementFailed(file="f", line=1, column=1, problem="p", sqlstate="42P01", advice="A."), Action.GO_BACK),
        (LockPatienceOver(tries=1, seconds=1.0, apart="", blockers="x"), Action.GO_BACK),
        (HeldTooLong(where="x", held=1.0, lock="x", waiting="y", waited=1.0, budget=1.0), Action.GO_BACK),
        (ValidationFailed(problems="x"), Action.GO_BACK),
        (VerificationFailed(problems="x"), Action.GO_BACK),
        (ZeroDivisionError(), Action.GO_BACK),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, BaseException) else str(one),
)
def test_what_a_failure_leads_to(failure, action):
    decision = decide(failure)

    assert decision.action is action
    assert decision.issue
    assert decision.severity in {"low", "critical"}


def standing(state: State) -> Deployment:
    told = (Entry(1, NOON, "deployment", Event.STATE, "", {"state": state}),)
    return Deployment(uuid4(), 1, "same", {}, "t", "development", "u", "h", 1, NOON, told)


@pytest.mark.parametrize(
    ("state", "plan_hash", "expected"),
    [
        (State.RUNNING, "same", Course.GO_ON),
        (State.PLANNED, "same", Course.GO_ON),
        (State.RUNNING, "other", Course.GO_BACK),
        (State.RUNNING, None, Course.GO_BACK),
        (State.GOING_BACK, "same", Course.GO_BACK),
        (State.GOING_BACK, None, Course.GO_BACK),
        (State.INCOMPLETE, "same", Course.GO_BACK),
    ],
)
def test_how_an_unfinished_deployment_is_taken_up(state, plan_hash, expected):
    assert course(standing(state), plan_hash) is expected
