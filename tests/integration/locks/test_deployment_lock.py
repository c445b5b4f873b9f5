from __future__ import annotations

import os
import socket

import psycopg
import pytest

from haulback.errors import Exit
from haulback.journal import lock
from haulback.journal.lock import LockLost, TargetHeld, acquire, holder, require_held, signature


@pytest.fixture
def keeper(any_database):
    with any_database.connect(autocommit=True) as made:
        acquire(made, "prod")
        yield made


def test_a_second_deployer_is_told_who_holds_the_target(keeper, any_database):
    with any_database.connect(autocommit=True) as second:
        with pytest.raises(TargetHeld) as refused:
            acquire(second, "prod")
        assert refused.value.exit_code == Exit.HELD
        for part in ("prod", "postgres", f"pid {os.getpid()} on {socket.gethostname()[:36]}",
                     f"backend {keeper.info.backend_pid}", " since 20"):  # fmt: skip
            assert part in refused.value.message
        keeper.close()
        acquire(second, "prod", patience=10)


def test_the_holder_is_hidden_from_a_stranger_only_as_far_as_the_server_hides_it(keeper, any_database):
    with any_database.connect("authenticator", autocommit=True) as stranger:
        found = holder(stranger)

    assert found.backend == keeper.info.backend_pid
    assert " since " not in str(found)
    assert "local socket" not in str(found)


def test_another_database_of_the_server_is_another_target(keeper, any_database):
    with psycopg.connect(any_database.server.conninfo(database="postgres"), autocommit=True) as elsewhere:
        acquire(elsewhere, "other")
        assert holder(elsewhere).backend == elsewhere.info.backend_pid


def test_the_lock_outlives_whatever_a_migration_does_to_its_own_session(keeper, any_database):
    with any_database.connect(autocommit=True) as work:
        work.execute("discard all")
        work.execute("select pg_catalog.pg_advisory_unlock_all()")
        require_held(work, keeper.info.backend_pid, "prod")


def test_nothing_commits_once_the_keeper_is_gone(keeper, any_database):
    backend = keeper.info.backend_pid
    with any_database.connect() as work, any_database.connect(autocommit=True) as other:
        require_held(work, backend, "prod")
        other.execute("select pg_catalog.pg_terminate_backend(%s, 5000)", [backend])
        with pytest.raises(LockLost, match="lock of prod is gone"):
            require_held(work, backend, "prod")
        acquire(other, "prod", patience=10)
        with pytest.raises(LockLost):
            require_held(work, backend, "prod")


def test_a_holder_that_goes_while_it_is_looked_at_refuses_nobody(keeper, any_database, monkeypatch):
    """As the session of a killed process does: the rerun takes over, without a word."""

    def going(connection: psycopg.Connection) -> object:
        backend = keeper.info.backend_pid
        keeper.close()
        connection.execute("select pg_catalog.pg_terminate_backend(%s, 5000)", [backend])
        return holder(connection)

    monkeypatch.setattr(lock, "holder", going)
    with any_database.connect(autocommit=True) as second:
        acquire(second, "prod")
        assert holder(second).backend == second.info.backend_pid


def test_the_lock_is_signed_before_it_is_held(keeper, any_database):
    """Killed in between, nobody could tell that its holder is dead."""
    with any_database.connect(autocommit=True) as second, any_database.connect(autocommit=True) as other:
        with pytest.raises(TargetHeld):
            acquire(second, "prod")
        query = "select application_name from pg_catalog.pg_stat_activity where pid = %s"
        found = other.execute(query, [second.info.backend_pid]).fetchone()
    assert found == (signature(socket.gethostname(), os.getpid()),)


def test_the_signature_fits_an_application_name():
    assert len(signature("h" * 300, 4_194_304)) < 64
