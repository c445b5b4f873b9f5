"""Our sessions outlive idle timeouts of a role, and end soon when we are gone."""

from __future__ import annotations

import pytest

from haulback.clock import SystemClock
from haulback.deploy.progress import Silent
from haulback.deploy.work import Work
from haulback.journal.lock import acquire
from haulback.pg.cluster import SUPERUSER
from haulback.pg.locks import LockBudget

WANTED = {
    "idle_session_timeout": "0",
    "idle_in_transaction_session_timeout": "1min",
    "client_connection_check_interval": "500ms",
    "transaction_timeout": "0",
    "statement_timeout": "0",
}


@pytest.fixture
def impatient(any_database):
    """A database whose role gives its sessions little time."""
    names = [name for name in WANTED if name != "transaction_timeout" or any_database.server.major >= 17]
    with any_database.connect(SUPERUSER, autocommit=True) as operator:
        for name in names:
            operator.execute(f"alter role postgres in database {any_database.name} set {name} = '5s'")
    return any_database, names


@pytest.fixture
def work(impatient):
    database, _ = impatient
    with database.connect(autocommit=True) as keeper, database.connect(autocommit=True) as connection:
        acquire(keeper, "prod")
        yield Work(keeper, connection, "prod", LockBudget(), Silent(), SystemClock())


def shown(connection, names) -> dict[str, str]:
    return {name: connection.execute(f"show {name}").fetchone()[0] for name in names}


def test_both_sessions_have_our_settings(work: Work, impatient) -> None:
    names = impatient[1]
    wanted = {name: WANTED[name] for name in names}
    assert shown(work.keeper, names) == wanted
    assert shown(work.connection, names) == wanted


def test_they_come_back_after_whatever_a_migration_set(work: Work, impatient) -> None:
    names = impatient[1]
    for name in names:
        work.connection.execute(f"set {name} = '7s'")
    work.connection.execute("set role anon")

    work.reset()

    assert shown(work.connection, names) == {name: WANTED[name] for name in names}
    assert work.connection.execute("select current_user").fetchone() == ("postgres",)


def test_a_file_that_switches_the_timeouts_off_is_still_bound_by_ours(work: Work) -> None:
    """What a dump begins with."""

    def act(connection):
        connection.execute("set lock_timeout = 0")
        connection.execute("set idle_in_transaction_session_timeout = 0")
        work.keep_budget()
        return shown(connection, ["lock_timeout", "idle_in_transaction_session_timeout"])

    assert work.transaction("1_dump", act) == {
        "lock_timeout": "500ms",
        "idle_in_transaction_session_timeout": "1min",
    }
    # Its own words hold again once its transaction is over, and go with the file.
    assert shown(work.connection, ["lock_timeout"]) == {"lock_timeout": "0"}
