"""The module deployed on a fresh database, and acting on it as each of Supabase's API roles."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from haulback.modules.engagement_events.module import load

Act = Callable[..., AbstractContextManager[psycopg.Connection]]
Apply = Callable[[psycopg.Connection, str], None]
Connect = Callable[[], psycopg.Connection]

ADA = UUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa")
BEN = UUID("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb")


@pytest.fixture
def connect(any_database) -> Iterator[Connect]:
    """Opens autocommit connections as the deploying role."""
    opened: list[psycopg.Connection] = []

    def _connect() -> psycopg.Connection:
        opened.append(any_database.connect(autocommit=True))
        return opened[-1]

    yield _connect
    for connection in opened:
        connection.close()


@pytest.fixture
def owner(connect: Connect) -> psycopg.Connection:
    """The deploying role, on a database without the module."""
    return connect()


@pytest.fixture
def apply() -> Apply:
    """Runs a file as a deployment does: whole, in one transaction."""

    def _apply(connection: psycopg.Connection, text: str) -> None:
        with connection.transaction():
            connection.execute(text)

    return _apply


@pytest.fixture
def deployed(owner: psycopg.Connection, apply: Apply) -> psycopg.Connection:
    """The deploying role, on a database with the module and two users."""
    for migration in load().migrations:
        apply(owner, migration.text)
    for user, email in ((ADA, "ada@example.test"), (BEN, "ben@example.test")):
        owner.execute("insert into auth.users (id, email) values (%s, %s)", (user, email))
    return owner


@pytest.fixture
def act() -> Act:
    """`with act(connection, role, user) as c:` runs a transaction as PostgREST would for that caller."""

    @contextmanager
    def _act(connection: psycopg.Connection, role: str, user: UUID | None = None, **settings: str):
        claims = {"role": role} | ({"sub": str(user)} if user else {})
        with connection.transaction():
            connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
            for name, setting in {"request.jwt.claims": json.dumps(claims), **settings}.items():
                connection.execute("select pg_catalog.set_config(%s, %s, true)", (name, setting))
            yield connection

    return _act


@pytest.fixture
def ada() -> UUID:
    return ADA


@pytest.fixture
def ben() -> UUID:
    return BEN


@pytest.fixture
def add_event(deployed: psycopg.Connection) -> Callable[..., UUID]:
    """Inserts an event as the owner, soft-deleted where `deleted_days_ago` is given; returns its id."""

    def _add(user: UUID, *, deleted_days_ago: float | None = None) -> UUID:
        row = deployed.execute(
            """insert into public.engagement_events (user_id, event_type, is_deleted, deleted_at)
               values (%(user)s, 'mood_log', %(days)s::float is not null,
                       pg_catalog.now() - %(days)s::float * interval '1 day') returning id""",
            {"user": user, "days": deleted_days_ago},
        ).fetchone()
        assert row
        return row[0]

    return _add
