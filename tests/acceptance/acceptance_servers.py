"""Makes the servers and the projects that the tests of the command work on."""

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
