"""The decision matrix: what a failure during a deployment leads to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import psycopg

from haulback.deploy.errors import MigrationUncaptured, ValidationFailed, VerificationFailed
from haulback.errors import HaulbackError
from haulback.journal.lock import LockLost
from haulback.pg.execution import ConnectionLost, StatementFailed
from haulback.pg.locks import HeldTooLong, LockPatienceOver
from haulback.pg.session import ConnectionFailed


class Action(StrEnum):
    """What is done next."""

    GO_BACK = "go back"
    STOP = "stop"  # touch nothing more: the next run reads the journal and converges


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, how bad it is, and why; the words of the seed's matrix."""

    issue: str
    severity: str
    action: Action


_MATRIX: tuple[tuple[type[BaseException], Decision], ...] = (
    # Whoever holds the lock now may be at work: anything we did would be beside him.
    (LockLost, Decision("another deployer took over", "critical", Action.STOP)),
    (ConnectionLost, Decision("the server does not answer", "critical", Action.STOP)),
    (ConnectionFailed, Decision("the server does not answer", "critical", Action.STOP)),
    (KeyboardInterrupt, Decision("interrupted", "low", Action.STOP)),
    (StatementFailed, Decision("migration failure", "critical", Action.GO_BACK)),
    (LockPatienceOver, Decision("migration failure", "critical", Action.GO_BACK)),
    (HeldTooLong, Decision("migration failure", "critical", Action.GO_BACK)),
    (MigrationUncaptured, Decision("migration failure", "critical", Action.GO_BACK)),
    (ValidationFailed, Decision("validation failure", "critical", Action.GO_BACK)),
    (VerificationFailed, Decision("RLS violation or failed probe", "critical", Action.GO_BACK)),
    (HaulbackError, Decision("step failure", "critical", Action.GO_BACK)),
    (psycopg.Error, Decision("step failure", "critical", Action.GO_BACK)),
)


# libpq's own failures carry no SQLSTATE; the others are the server on its way down.
_GONE = {None, "57P01", "57P02", "57P03", "57P05", "08000", "08001", "08003", "08004", "08006", "08007", "08P01"}


def decide(failure: BaseException) -> Decision:
    """Returns what a failure leads to; a bug of ours goes back too, since the target comes first."""
    if isinstance(failure, psycopg.OperationalError) and failure.sqlstate in _GONE:
        return Decision("the server does not answer", "critical", Action.STOP)
    for kind, decision in _MATRIX:
        if isinstance(failure, kind):
            return decision
    return Decision("unexpected failure", "critical", Action.GO_BACK)
