"""The command as a process, in a project of its own with a database of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from looking_project import Project

from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Cluster, Running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The embedded server with the platform."""
    cluster = Cluster(tmp_path_factory.mktemp("looking"), "main", binaries.embedded())
    running = cluster.start()
    try:
        with psycopg.connect(running.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
            connection.execute(
                "create database looking_template template postgres owner postgres"
                " strategy file_copy allow_connections false is_template true"
            )
        yield running
    finally:
        cluster.destroy()


@pytest.fixture
def bare(tmp_path: Path) -> Project:
    """A project without a file, a server or a migration."""
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    return Project(tmp_path)


@pytest.fixture
def project(server: Running, bare: Project) -> Iterator[Project]:
    """A project with a database and one migration that makes the table public.orders."""
    name = f"looking_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
        connection.execute(f"create database {name} template looking_template owner postgres strategy file_copy")
        bare.configure(
            f'[targets.local]\nurl = "{server.url(database=name)}"\n'
            '[targets.local.policy]\nwarn_only = ["load", "disk", "backup", "long-transactions", "connection"]\n'
        )
        bare.migration("20260101000000_orders.sql", "create table public.orders (id int primary key, note text);\n")
        yield bare
        connection.execute(f"drop database if exists {name} with (force)")
