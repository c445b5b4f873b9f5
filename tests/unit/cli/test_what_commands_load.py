"""What a command loads before it begins: not what only others need, since each start pays for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("jwt", "cryptography", "numpy", "graphql", "httptools", "boto3", "xxhash", "haulback.gateway")


@pytest.mark.parametrize(
    "command",
    [
        "haulback.cli.main",
        "haulback.app.deploying",
        "haulback.app.planning",
        "haulback.app.looking",
        "haulback.app.rolling_back",
    ],
)
def test_nothing_heavy_that_it_may_not_need(command):
    program = f"import sys, {command}; print(*(one for one in {HEAVY} if one in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
