"""A journal, a deployment and a table of users: what every capture needs around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from haulback.journal.journal import Journal
from haulback.model.deployment import Deployment

USERS = """
do $$ begin
  if to_regclass('auth.users') is null then
    create schema if not exists auth;
    create table auth.users (id uuid primary key);
  end if;
end $$
"""


@pytest.fixture
def work(any_database) -> Iterator[psycopg.Connection]:
    """A session in autocommit as the deploying role, which is no superuser."""
    with any_database.connect(autocommit=True) as connection:
        connection.execute(USERS)
        Journal(connection).install()
        yield connection


@pytest.fixture
def deploy(work) -> Callable[[], Deployment]:
    """Begins another deployment."""
    return lambda: Journal(work).begin("hash", {}, "here", "development")
