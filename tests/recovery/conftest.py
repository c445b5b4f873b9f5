"""A server of its own for each worker, which these tests kill, and the process that runs our command for them."""

from __future__ import annotations

import subprocess
import sys
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


@pytest.fixture(scope="session")
def killer() -> Iterator[subprocess.Popen[str]]:
    """See killer.py."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("killer.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    process.stdin.close()
    process.wait(timeout=30)
    process.stdout.close()
