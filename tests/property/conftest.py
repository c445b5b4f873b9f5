"""One server for a worker; a database for each example."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from property_world import prepare

from haulback.pg import binaries
from haulback.pg.cluster import Cluster, Running


@pytest.fixture(scope="session")
def property_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The HAULBACK_HOME of all projects; its servers are gone afterwards."""
    home = tmp_path_factory.mktemp("property")
    yield home
    clusters = home / "clusters"
    for folder in sorted(clusters.iterdir()) if clusters.is_dir() else ():
        if folder.is_dir():
            Cluster(home, folder.name, binaries.embedded()).destroy()


@pytest.fixture(scope="session")
def property_server(property_home: Path) -> Running:
    """The embedded PostgreSQL without the platform: fewer objects to read."""
    running = Cluster(property_home, "main", binaries.embedded(), platform=False).start()
    prepare(running)
    return running
