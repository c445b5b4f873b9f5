"""A project on a server: deploys a change as the command does, lets users write meanwhile, and takes it back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import psycopg
from property_migrations import Change
from property_schema import PRELUDE, Base

from haulback.app import deploying, rehearsing, rolling_back
from haulback.app.planning import planned
from haulback.app.sessions import begin
from haulback.app.taking_up import take_up
from haulback.app.target import opened
from haulback.clock import SystemClock
from haulback.config.loading import load
from haulback.deploy import pipeline
from haulback.deploy.context import NoTraces
from haulback.deploy.progress import Silent
from haulback.deploy.steps.order import chosen
from haulback.errors import HaulbackError
from haulback.model.deployment import State
from haulback.model.rehearsal import Rehearsal
from haulback.model.schema import Schema, compare
from haulback.pg.catalog.reader import read
from haulback.pg.catalog.survivors import transposed
from haulback.pg.cluster import SUPERUSER, Running

TEMPLATE = "property_template"
LEFT_OUT = frozenset({"rehearsal", "hazards", "preflight", "maintenance", "snapshot", "verify"})


def prepare(server: Running) -> None:
    """Makes the template that every example begins with."""
    with psycopg.connect(server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
        # A power cut is not what is tested here.
        connection.execute("alter system set fsync = off")
        connection.execute("select pg_reload_conf()")
        connection.execute(f"create database {TEMPLATE} template postgres owner postgres strategy file_copy")
    with psycopg.connect(server.conninfo("postgres", TEMPLATE), autocommit=True) as connection:
        connection.execute(PRELUDE)


@dataclass(frozen=True)
class World:
    """One database with a project of its own."""

    server: Running
    database: str
    folder: Path
    home: Path

    def connect(self, *, superuser: bool = False) -> psycopg.Connection:
        user = SUPERUSER if superuser else "postgres"
        return psycopg.connect(self.server.conninfo(user, self.database), autocommit=True)

    def schema(self) -> Schema:
        with self.connect() as connection:
            return read(connection)

    def write(self, change: Change) -> None:
        for number, statements in enumerate(change.files):
            text = ";\n".join(statements) + ";\n"
            if change.parts:
                # No transaction holds this one, so each statement commits by itself.
                text += "vacuum public.anchor;\n"
            name = f"2026010100000{number}_change.sql"
            (self.folder / "supabase/migrations" / name).write_text(text, encoding="utf-8")


@contextmanager
def world(server: Running, folder: Path, home: Path, base: Base) -> Iterator[World]:
    """A database with the tables and rows of `base`, gone afterwards."""
    name = f"property_{uuid.uuid4().hex[:12]}"
    with _database(server, name, TEMPLATE):
        project = folder / name
        (project / "supabase/migrations").mkdir(parents=True)
        url = server.url("postgres", name)
        (project / "haulback.toml").write_text(
            f'[targets.local]\nurl = "{url}"\n[targets.local.policy]\nloss_blocks = true\n'
        )
        made = World(server, name, project, home)
        with made.connect() as connection:
            connection.execute("create table public.anchor (id int primary key)")
            for text in base.statements:
                connection.execute(text.encode())
            for text in base.rows:
                with _refused(connection):
                    connection.execute(text.encode())
        yield made


@contextmanager
def _database(server: Running, name: str, template: str) -> Iterator[None]:
    def run(text: str) -> None:
        # A session for each: the server may be killed in between.
        with psycopg.connect(server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
            connection.execute(text)

    run(f"create database {name} template {template} owner postgres strategy file_copy")
    try:
        yield
    finally:
        run(f"drop database if exists {name} with (force)")


@contextmanager
def _refused(connection: psycopg.Connection) -> Iterator[None]:
    try:
        with connection.transaction():
            yield
    except psycopg.Error:
        pass


def tried(made: World, change: Change) -> tuple[Change, Schema, Schema]:
    """What of a change runs on the rows that there are, and the schemas around it, told by a copy."""
    name = f"{made.database}_try"
    refused: set[int] = set()
    with _database(made.server, name, made.database):
        copy = replace(made, database=name)
        before = copy.schema()
        place = 0
        for statements in change.files:
            with copy.connect() as connection:
                refused |= _tried(connection, statements, place, parts=change.parts)
            place += len(statements)
        after = copy.schema()
    return change.without(refused), before, after


def _tried(connection: psycopg.Connection, statements: tuple[str, ...], first: int, *, parts: bool) -> set[int]:
    """Which statements of a file do not run; they are numbered from `first` on."""
    refused = set()
    if not parts:
        connection.execute("begin")
    for place, text in enumerate(statements, start=first):
        try:
            with nullcontext() if parts else connection.transaction():
                connection.execute(text.encode())
        except psycopg.Error:
            refused.add(place)
    if not parts:
        try:
            connection.execute("commit")
        except psycopg.Error:
            return set(range(first, first + len(statements)))
    return refused


class Present(Protocol):
    """Whoever writes while a command runs."""

    def moment(self, name: str, most: int = 1) -> None:
        """Does the next writes planned for a moment."""


class Moments(NoTraces, Silent, SystemClock):
    """Lets users write wherever a deployment tells that it is somewhere, and nobody wait."""

    def __init__(self, users: Present) -> None:
        self.users, self.going_back = users, False

    def step_begun(self, step: str, title: str) -> None:  # noqa: ARG002 - the protocol's
        self.users.moment("back" if self.going_back else step)

    def before(self, connection: psycopg.Connection, statement: object) -> None:  # noqa: ARG002 - the protocol's
        self.users.moment("statement")

    def sleep(self, seconds: float) -> None:  # noqa: ARG002 - the protocol's
        if self.going_back:
            self.users.moment("filling")


def deploy(
    made: World, users: Present, rehearsed: tuple[Schema, Schema], changes: tuple[str, ...]
) -> HaulbackError | None:
    """Deploys as the command would after a rehearsal between two schemas that saw `changes`; how it failed.

    Where an earlier run was killed it is taken up, as the command does it.
    """
    settings = load({"HAULBACK_HOME": str(made.home)}, made.folder)
    target = opened(settings, None)
    moments = Moments(users)
    with ExitStack() as stack:
        command = replace(begin(settings, target, moments, moments, stack), skip=LEFT_OUT)
        try:
            resumed = take_up(command)
        except HaulbackError as failure:
            return failure
        if resumed is not None and resumed.state is State.ROLLED_BACK:
            return deploying.TakenBack(number=resumed.number, problem="it was killed")
        plan = planned(settings, target, command.keeper, moments).plan
        if not plan.migrations:
            return None  # it was killed after its last word
        before = read(command.keeper)
        expected = transposed(rehearsed[1], rehearsed[0], before)
        rehearsal = Rehearsal(plan.hash, before, expected, compare(before, expected), reversible=True, changes=changes)
        try:
            rehearsing.require_reversible(target, plan, rehearsal, frozenset(), moments)
        except HaulbackError as failure:
            return failure
        deployment = deploying._begin(command, plan, before, rehearsal, frozenset())
        context = command.context(plan, deployment, before=before, expected=expected)
        try:
            pipeline.forward(replace(context, traces=moments), chosen(LEFT_OUT))
        except HaulbackError as failure:
            return failure
    return None


def back(made: World, users: Present) -> HaulbackError | None:
    """Takes the deployment back; how that failed."""
    settings = load({"HAULBACK_HOME": str(made.home)}, made.folder)
    moments = Moments(users)
    moments.going_back = True
    try:
        rolling_back.roll_back(settings, opened(settings, None), None, moments, moments)
    except HaulbackError as failure:
        return failure
    return None
