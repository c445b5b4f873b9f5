"""After a crash: ends the orphans of a deployment, then says from the journal how it is taken up."""

from __future__ import annotations

import time
from enum import StrEnum

import psycopg

from haulback.errors import Exit, HaulbackError
from haulback.model.deployment import Deployment, State
from haulback.pg.queries import queries
from haulback.pg.session import backend

_SQL = queries("haulback.journal", "sql/queries.sql")
_PATIENCE = 10.0  # seconds for a terminated backend to go


class OrphanStays(HaulbackError):
    template = "backend {pid} of an interrupted deployment does not end"
    hint_template = "Have a superuser run `select pg_terminate_backend({pid})`, then run the same command again."
    exit_code = Exit.ROLLBACK_INCOMPLETE


class Course(StrEnum):
    """How an unfinished deployment is taken up."""

    GO_ON = "go on"
    GO_BACK = "go back"


def end_orphans(keeper: psycopg.Connection, deployment: Deployment) -> int:
    """Ends every backend that still works for a deployment whose process is gone.

    Called with the deployment lock held, so no living process of ours can own one. Until they are gone nothing
    is read from the journal: an orphan may still commit.

    Returns:
        How many there were.

    Raises:
        OrphanStays: one would not go.
    """
    parameters = {"pattern": f"haulback/{deployment.id}/%", "own": [backend(keeper)]}
    pids = [row[0] for row in keeper.execute(_SQL["orphans"], parameters)]
    for pid in pids:
        try:
            keeper.execute(_SQL["terminate"], {"pid": pid})
        except psycopg.errors.InsufficientPrivilege as error:
            raise OrphanStays(pid=pid) from error
    deadline = time.monotonic() + _PATIENCE
    while pids and (left := [row[0] for row in keeper.execute(_SQL["orphans"], parameters)]):
        if time.monotonic() > deadline:
            raise OrphanStays(pid=left[0])
        time.sleep(0.05)
    return len(pids)


def course(deployment: Deployment, plan_hash: str | None) -> Course:
    """Goes back where going back was begun; goes on where the files still are what was being deployed.

    Args:
        deployment: an unfinished one.
        plan_hash: of the plan that the same files make now over the same base; None where they make none.
    """
    if deployment.state in {State.GOING_BACK, State.INCOMPLETE}:
        return Course.GO_BACK
    return Course.GO_ON if plan_hash == deployment.plan_hash else Course.GO_BACK
