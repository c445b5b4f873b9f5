"""One server of each major version for a worker; a project with a database of its own for a test."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from acceptance_site import Site

from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Cluster, Running

_TEMPLATE = "acceptance_template"


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A HAULBACK_HOME for all projects of a worker: their shadows are made once."""
    home = tmp_path_factory.mktemp("home")
    yield home
    clusters = home / "clusters"
    for folder in sorted(clusters.iterdir()) if clusters.is_dir() else ():
        if folder.is_dir():
            Cluster(home, folder.name, binaries.embedded()).destroy()


def serve(home: Path, found: binaries.Binaries, *, platform: bool = True) -> Iterator[Running]:
    """A server with a template that can be copied at any time, since nobody connects to it."""
    cluster = Cluster(home, "main", found, platform=platform)
    running = cluster.start()
    try:
        with psycopg.connect(running.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
            connection.execute(
                f"create database {_TEMPLATE} template postgres owner postgres"
                " strategy file_copy allow_connections false is_template true"
            )
        yield running
    finally:
        cluster.destroy()


@pytest.fixture(scope="session")
def acceptance_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The embedded PostgreSQL with the platform."""
    yield from serve(tmp_path_factory.mktemp("acceptance"), binaries.embedded())


def fifteen() -> binaries.Binaries:
    """Debian's PostgreSQL 15."""
    found = binaries.for_major(15)
    if found is None:
        reason = "PostgreSQL 15 is not installed (apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def open_site(server: Running, folder: Path, home: Path) -> Iterator[Site]:
    """A project whose target `local` is a fresh database on the server."""
    name = f"site_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
        connection.execute(f"create database {name} template {_TEMPLATE} owner postgres strategy file_copy")
        site = Site(folder, server, name, home)
        site.configure()
        yield site
        site.end()
        connection.execute(f"drop database if exists {name} with (force)")


@pytest.fixture
def site(acceptance_server: Running, tmp_path: Path, shared_home: Path) -> Iterator[Site]:
    """A project of its own on the embedded server."""
    yield from open_site(acceptance_server, tmp_path, shared_home)
