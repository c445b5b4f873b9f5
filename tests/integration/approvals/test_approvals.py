from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from haulback.app.approving import ApprovalMissing, JournalMissing, NotAnApprover, OwnPlan, approve, require
from haulback.config.loading import load
from haulback.config.policy import default_policy
from haulback.errors import Exit
from haulback.journal.journal import Journal
from haulback.migrations import plan_file
from haulback.migrations.errors import PlanChanged
from haulback.migrations.folder import find
from haulback.migrations.planning import make_plan
from haulback.model.target import Environment, Target
from haulback.pg.cluster import SUPERUSER

LOGINS = ("approver_alice", "approver_bob", "approver_eve")


@pytest.fixture
def logins(any_database):
    """People with a login of their own; roles belong to the cluster, so they are made once and stay."""
    with psycopg.connect(any_database.server.conninfo(SUPERUSER, any_database.name), autocommit=True) as root:
        known = {row[0] for row in root.execute("select rolname from pg_catalog.pg_roles")}
        for login in LOGINS:
            if login not in known:
                root.execute(f"create role {login} login")


@pytest.fixture
def target(any_database, logins) -> Target:
    return Target(
        "prod",
        Environment.PRODUCTION,
        {"host": str(any_database.server.socket_dir), "port": str(any_database.server.port), "user": "postgres",
         "dbname": any_database.name},
        default_policy(Environment.PRODUCTION),
        approvals=("devops", "dba"),
        approvers={"approver_alice": "devops", "approver_bob": "dba", "postgres": "dba"},
    )  # fmt: skip


@pytest.fixture
def journal(any_database, target):
    with any_database.connect(autocommit=True) as connection:
        made = Journal(connection)
        made.install(tuple(target.approvers))
        yield made


@pytest.fixture
def plan(tmp_path):
    (tmp_path / "1_a.sql").write_text("select 1;")
    return make_plan(
        find(tmp_path), [], target="prod", environment="production", made_at=datetime.now(UTC), made_by="postgres"
    )


@pytest.fixture
def file(plan, tmp_path) -> Path:
    plan_file.save(plan, "f", tmp_path / "plan.json")
    return tmp_path / "plan.json"


@pytest.fixture
def settings(tmp_path):
    return load({}, tmp_path)


def test_each_role_approves_through_a_login_of_its_own(settings, target, journal, plan, file):
    with pytest.raises(ApprovalMissing, match="prod asks for the approval of devops and dba") as refused:
        require(settings, target, plan, journal)
    assert refused.value.exit_code == Exit.REFUSED

    assert approve(target, file, "approver_alice") == ("approver_alice", "devops")
    with pytest.raises(ApprovalMissing, match="approval of dba"):
        require(settings, target, plan, journal)
    assert approve(target, file, "approver_bob") == ("approver_bob", "dba")
    require(settings, target, plan, journal)


def test_one_person_gives_one_approval(target, journal, plan, file):
    approve(target, file, "approver_alice")
    approve(target, file, "approver_alice")

    assert journal.approvals(plan.hash) == (("approver_alice", "devops"),)


def test_nobody_approves_a_plan_of_his_own(settings, target, journal, plan, file):
    with pytest.raises(OwnPlan, match="postgres made this plan"):
        approve(target, file)
    # Not even by writing the row: who deploys is left out of the count.
    journal.approve(plan.hash, "dba")
    approve(target, file, "approver_alice")
    with pytest.raises(ApprovalMissing, match="approval of dba"):
        require(settings, target, plan, journal)


def test_a_login_without_a_role_is_refused(target, journal, file):
    with pytest.raises(NotAnApprover, match="the login approver_eve has no role in the approvers of prod") as refused:
        approve(target, file, "approver_eve")
    assert refused.value.exit_code == Exit.REFUSED


def test_an_approver_cannot_write_under_another_name_nor_change_what_is_written(any_database, target, journal, file):
    approve(target, file, "approver_alice")
    with any_database.connect("approver_alice", autocommit=True) as alice:
        for statement in (
            "insert into haulback.approval (plan_hash, login, role) values ('x', 'approver_bob', 'dba')",
            "insert into haulback.approval (plan_hash, role, at) values ('x', 'dba', now())",
            "update haulback.approval set login = 'approver_bob'",
            "delete from haulback.approval",
            "insert into haulback.entry (deployment, step, event) values (gen_random_uuid(), 'x', 'done')",
            "select from haulback.entry",
            "create table haulback.mine (i int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                alice.execute(statement)


def test_a_role_that_an_approver_claims_counts_only_as_mapped(any_database, settings, target, journal, plan, file):
    with any_database.connect("approver_alice", autocommit=True) as alice:
        alice.execute("insert into haulback.approval (plan_hash, role) values (%s, 'dba')", [plan.hash])

    with pytest.raises(ApprovalMissing, match="approval of dba"):
        require(settings, target, plan, journal)


def test_the_login_counts_and_not_a_role_that_was_taken_on(any_database, target, journal, file):
    with psycopg.connect(any_database.server.conninfo(SUPERUSER, any_database.name), autocommit=True) as root:
        root.execute("grant approver_bob to approver_eve")
    try:
        acting = replace(target, parameters={**target.parameters, "options": "-c role=approver_bob"})
        with pytest.raises(NotAnApprover, match="approver_eve"):
            approve(acting, file, "approver_eve")
    finally:
        with psycopg.connect(any_database.server.conninfo(SUPERUSER, any_database.name), autocommit=True) as root:
            root.execute("revoke approver_bob from approver_eve")


def test_an_approval_is_of_this_plan_and_of_no_other(settings, target, journal, plan, file, tmp_path):
    approve(target, file, "approver_alice")
    approve(target, file, "approver_bob")
    (tmp_path / "1_a.sql").write_text("drop schema public cascade;")
    edited = make_plan(
        find(tmp_path), [], target="prod", environment="production", made_at=datetime.now(UTC), made_by="postgres"
    )

    with pytest.raises(ApprovalMissing):
        require(settings, target, edited, journal)


def test_a_plan_for_another_target_or_a_tampered_one_cannot_be_approved(target, journal, file):
    with pytest.raises(PlanChanged, match="made for prod, not for staging"):
        approve(replace(target, name="staging"), file, "approver_alice")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"migrations": []}))
    with pytest.raises(PlanChanged, match="its hash does not agree"):
        approve(target, file, "approver_alice")


def test_without_a_journal_or_a_grant_the_error_says_what_to_do(any_database, target, file):
    with pytest.raises(JournalMissing, match="prod has no journal yet") as refused:
        approve(target, file, "approver_alice")
    assert refused.value.exit_code == Exit.REFUSED
    with any_database.connect(autocommit=True) as connection:
        Journal(connection).install()
    with pytest.raises(JournalMissing):
        approve(target, file, "approver_alice")


def test_a_plan_that_runs_nothing_needs_no_approval(settings, target, journal, plan):
    require(settings, target, replace(plan, migrations=()), journal)
