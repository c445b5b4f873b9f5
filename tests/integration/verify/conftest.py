"""A database with the module deployed, and two users with rows."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest

from haulback.modules.engagement_events.module import load

ADA = UUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa")
BEN = UUID("bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb")


@pytest.fixture
def owner(database) -> Iterator[psycopg.Connection]:
    """The deploying role, on a database without the module."""
    with database.connect(autocommit=True) as connection:
        yield connection


@pytest.fixture
def users(owner: psycopg.Connection) -> tuple[UUID, UUID]:
    for user, email in ((ADA, "ada@example.test"), (BEN, "ben@example.test")):
        owner.execute("insert into auth.users (id, email) values (%s, %s)", (user, email))
    return ADA, BEN


@pytest.fixture
def deployed(owner: psycopg.Connection) -> psycopg.Connection:
    """The deploying role, on a database with the module and no users."""
    for migration in load().migrations:
        with owner.transaction():
            owner.execute(migration.text)
    return owner


@pytest.fixture
def notes(owner: psycopg.Connection, users: tuple[UUID, UUID]) -> psycopg.Connection:
    """A private table of an application, in which both users have rows."""
    owner.execute("""
        create table public.notes (
            id integer generated always as identity primary key,
            author uuid not null references auth.users on delete cascade,
            body text
        );
        alter table public.notes enable row level security;
        create policy own on public.notes to authenticated using ((select auth.uid()) = author);
        grant all on public.notes to anon, authenticated;
    """)
    for user in users:
        owner.execute("insert into public.notes (author, body) values (%s, 'x'), (%s, 'y')", (user, user))
    return owner
