"""Realtime over a test's database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.append(str(Path(__file__).parents[1] / "api"))  # rest_api.py serves both

from realtime_socket import Site
from rest_api import served

from haulback.model.realtime import RealtimeSettings

if TYPE_CHECKING:
    from conftest import Database  # the name of many files: only for what is written down, never looked up


@pytest.fixture
def site(database: Database) -> Iterator[Site]:
    """Realtime, with its default limits."""
    with served(database, realtime=RealtimeSettings()) as api:
        yield Site(api)
