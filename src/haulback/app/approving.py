"""Use case: approvals and the staging target that a plan must have passed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg

from haulback.app.target import opened
from haulback.errors import Exit, HaulbackError
from haulback.journal.journal import Journal
from haulback.migrations import plan_file
from haulback.migrations.errors import PlanChanged
from haulback.model.migration import Plan
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.session import session


class ApprovalMissing(HaulbackError):
    template = "{target} asks for the approval of {missing}"
    hint_template = (
        "Save the plan with `haulback plan --out plan.json`; each approver runs `haulback approve plan.json`."
    )
    exit_code = Exit.REFUSED


class StagingMissing(HaulbackError):
    template = "this plan was not deployed on {staging} first"
    hint_template = "Deploy the same files on {staging}, then run the same command again."
    exit_code = Exit.REFUSED


class NotAnApprover(HaulbackError):
    template = "the login {login} has no role in the approvers of {target}"
    hint_template = "Connect with your own database login, and have it listed under [targets.{target}.approvers]."
    exit_code = Exit.REFUSED


class OwnPlan(HaulbackError):
    template = "{login} made this plan and cannot approve it"
    hint_template = "Somebody else approves: one person gives one approval, never for a plan of his own."
    exit_code = Exit.REFUSED


class JournalMissing(HaulbackError):
    template = "{target} has no journal yet, or {login} may not write approvals into it"
    hint_template = "Run `haulback plan --out FILE` against the target first, with the deploying login."
    exit_code = Exit.REFUSED


def require(settings: Settings, target: Target, plan: Plan, journal: Journal) -> None:
    """Checks approvals and the staging target.

    Raises:
        ApprovalMissing, StagingMissing
    """
    if not plan.migrations:
        return
    own = {plan.made_by, *journal.planners(plan.hash)}
    given = {
        target.approvers[login]
        for login, _ in journal.approvals(plan.hash)
        if login in target.approvers and login not in own
    }
    missing = [role for role in target.approvals if role not in given]
    if missing:
        raise ApprovalMissing(target=target.name, missing=" and ".join(missing))
    if target.staging:
        _require_staging(settings, target.staging, plan)


def approve(target: Target, file: Path, login: str | None = None) -> tuple[str, str]:
    """Writes an approval through the approver's own login; returns (login, role).

    Raises:
        PlanUnreadable, PlanChanged, NotAnApprover, OwnPlan, JournalMissing
    """
    saved = plan_file.read(file)
    if saved["target"] != target.name:
        raise PlanChanged(reason=f"it was made for {saved['target']}, not for {target.name}")
    if login:
        target = replace(target, parameters={**target.parameters, "user": login})
    with session(target, "haulback approve") as connection:
        login = _login(connection)
        if login not in target.approvers:
            raise NotAnApprover(login=login, target=target.name)
        role = target.approvers[login]
        journal = Journal(connection)
        try:
            # What the file says of its author can be edited; what the journal says cannot.
            if login == saved["made_by"] or login in journal.planners(saved["hash"]):
                raise OwnPlan(login=login)
            journal.approve(saved["hash"], role)
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable) as error:
            raise JournalMissing(target=target.name, login=login) from error
    return login, role


def _login(connection: psycopg.Connection) -> str:
    """The login as the server knows it, whatever role the session took on or name a pooler was given."""
    row = connection.execute("select session_user::text").fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    return str(row[0])


def _require_staging(settings: Settings, name: str, plan: Plan) -> None:
    staging = opened(settings, name, start=False)
    with session(staging, "haulback staging check") as connection:
        journal = Journal(connection)
        if not journal.installed or plan.hash not in journal.deployed_hashes():
            raise StagingMissing(staging=name)
