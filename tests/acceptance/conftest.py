"""One server of each major version for a worker; a project with a database of its own for a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from acceptance_servers import open_site, serve
from acceptance_site import Site

from haulback.pg import binaries
from haulback.pg.cluster import Cluster, Running


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A HAULBACK_HOME for all projects of a worker: their shadows are made once."""
    home = tmp_path_factory.mktemp("home")
    yield home
    clusters = home / "clusters"
    for folder in sorted(clusters.iterdir()) if clusters.is_dir() else ():
        if folder.is_dir():
            Cluster(home, folder.name, binaries.embedded()).destroy()


@pytest.fixture(scope="session")
def acceptance_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The embedded PostgreSQL with the platform."""
    yield from serve(tmp_path_factory.mktemp("acceptance"), binaries.embedded())


@pytest.fixture
def site(acceptance_server: Running, tmp_path: Path, shared_home: Path) -> Iterator[Site]:
    """A project of its own on the embedded server."""
    yield from open_site(acceptance_server, tmp_path, shared_home)
