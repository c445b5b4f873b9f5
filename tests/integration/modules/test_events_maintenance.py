"""Enforcement of maintenance for API roles, called as PostgREST calls its pre-request function."""

from __future__ import annotations

import json

import pytest
from psycopg import errors

from haulback.modules.engagement_events.module import load, maintenance_sql

CALL = "select haulback.refuse_writes_in_maintenance()"
SETTINGS = """
select r.rolname, s.setconfig from pg_catalog.pg_db_role_setting s join pg_catalog.pg_roles r on r.oid = s.setrole
where r.rolname = 'authenticator' order by 1
"""
OURS = "pgrst.db_pre_request=haulback.refuse_writes_in_maintenance"
POST = {"request.method": "POST", "request.path": "/engagement_events"}
RPC = {"request.method": "POST", "request.path": "/rpc/anything"}


@pytest.fixture
def enforced(deployed, apply):
    """The module with enforcement on. The setting belongs to the whole cluster, so it is taken back."""
    before = deployed.execute(SETTINGS).fetchall()
    apply(deployed, maintenance_sql("enforce"))
    yield deployed
    apply(deployed, maintenance_sql("relax"))
    assert deployed.execute(SETTINGS).fetchall() == before


def declare(connection, expiry: str | None = "1 hour") -> None:
    connection.execute(
        """insert into public.system_status (maintenance_mode, message, expires_at)
           values (true, 'moving house', pg_catalog.now() + %s::interval)""",
        (expiry,),
    )


def configured(connection) -> bool:
    return any(OURS in config for _, config in connection.execute(SETTINGS).fetchall())


def test_enforcing_twice_and_relaxing_twice_is_the_same_as_once(enforced, apply):
    apply(enforced, maintenance_sql("enforce"))
    assert configured(enforced)
    for _ in range(2):
        apply(enforced, maintenance_sql("relax"))
        assert not configured(enforced)


@pytest.mark.parametrize("role", ["anon", "authenticated"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_writes_of_api_roles_are_refused_with_a_reason_and_a_time(enforced, act, role, method):
    declare(enforced)
    with (
        pytest.raises(errors.Error, match="maintenance: moving house") as refusal,
        act(enforced, role, **(POST | {"request.method": method})) as api,
    ):
        api.execute(CALL)
    assert refusal.value.sqlstate == "PGRST"
    said, detail = json.loads(refusal.value.diag.message_primary), json.loads(refusal.value.diag.message_detail)
    assert (said["code"], said["hint"][:18]) == ("PT503", "Try again after 20")
    assert detail["status"] == 503
    assert 3500 < int(detail["headers"]["Retry-After"]) <= 3600


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_reads_go_on(enforced, act, role):
    declare(enforced)
    with act(enforced, role, **{"request.method": "GET", "request.path": "/system_status"}) as api:
        api.execute(CALL)
        assert api.execute("select message from public.system_status").fetchone() == ("moving house",)


def test_service_role_writes_on(enforced, act):
    declare(enforced)
    with act(enforced, "service_role", **POST) as api:
        api.execute(CALL)
        api.execute("insert into public.system_status (maintenance_mode) values (false)")


def test_a_function_may_read_but_not_write(enforced, act, add_event, ada):
    event = add_event(ada)
    declare(enforced)
    with act(enforced, "authenticated", ada, **RPC) as api:
        api.execute(CALL)
        assert api.execute("select public.maintenance_active()").fetchone() == (True,)
    with act(enforced, "authenticated", ada, **RPC) as api:
        api.execute(CALL)
        with pytest.raises(errors.ReadOnlySqlTransaction), api.transaction():
            api.execute("select public.soft_delete_event(%s)", (event,))
    assert enforced.execute("select is_deleted from public.engagement_events").fetchall() == [(False,)]


@pytest.mark.parametrize("expiry", ["-1 second", "-1 hour"])
def test_expired_maintenance_refuses_nothing(enforced, act, ada, expiry):
    declare(enforced, expiry)
    for settings in (POST, RPC):
        with act(enforced, "authenticated", ada, **settings) as api:
            api.execute(CALL)
            assert api.execute("show transaction_read_only").fetchone() == ("off",)


def test_maintenance_without_an_expiry_lasts_until_the_next_status(enforced, act, ada):
    declare(enforced, None)
    with pytest.raises(errors.Error, match="moving house"), act(enforced, "authenticated", ada, **POST) as api:
        api.execute(CALL)
    enforced.execute("insert into public.system_status (maintenance_mode) values (false)")
    with act(enforced, "authenticated", ada, **POST) as api:
        api.execute(CALL)


def test_requests_pass_when_the_status_is_gone(enforced, act, apply, ada):
    """Taking the module back must not take the API down."""
    declare(enforced)
    for script in reversed(load().rollbacks):
        apply(enforced, script.text)
    with act(enforced, "authenticated", ada, **POST) as api:
        api.execute(CALL)


def test_requests_pass_where_the_status_is_a_table_of_somebody_else(enforced, act, apply, ada):
    for script in reversed(load().rollbacks):
        apply(enforced, script.text)
    enforced.execute("create table public.system_status (up boolean)")
    with act(enforced, "authenticated", ada, **POST) as api:
        api.execute(CALL)


def test_the_function_outlives_relaxing(enforced, act, apply, ada):
    """An API server that has not reloaded still calls it."""
    apply(enforced, maintenance_sql("relax"))
    with act(enforced, "authenticated", ada, **POST) as api:
        api.execute(CALL)


def test_a_pre_request_function_of_the_team_is_not_replaced(deployed, apply):
    deployed.execute("alter role authenticator set pgrst.db_pre_request = 'public.limit_rate'")
    try:
        with pytest.raises(errors.ObjectInUse, match=r"public\.limit_rate"):
            apply(deployed, maintenance_sql("enforce"))
        apply(deployed, maintenance_sql("relax"))
        ((_, config),) = deployed.execute(SETTINGS).fetchall()
        assert "pgrst.db_pre_request=public.limit_rate" in config
    finally:
        deployed.execute("alter role authenticator reset pgrst.db_pre_request")


def test_api_roles_may_execute_nothing_else_of_ours(deployed, apply, act):
    deployed.execute("create schema if not exists haulback")
    deployed.execute("create function haulback.secret() returns integer language sql as 'select 1'")
    apply(deployed, maintenance_sql("enforce"))
    try:
        with (
            pytest.raises(errors.InsufficientPrivilege, match="permission denied for function secret"),
            act(deployed, "anon") as api,
        ):
            api.execute("select haulback.secret()")
    finally:
        apply(deployed, maintenance_sql("relax"))
