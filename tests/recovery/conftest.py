"""A server of its own for each worker: these tests kill it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from haulback.pg import binaries
from haulback.pg.cluster import Cluster


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The HAULBACK_HOME of a worker; whatever runs in it is stopped at the end."""
    home = tmp_path_factory.mktemp("recovery")
    yield home
    clusters = home / "clusters"
    for folder in sorted(clusters.iterdir()) if clusters.is_dir() else ():
        if folder.is_dir():
            Cluster(home, folder.name, binaries.embedded()).destroy()
