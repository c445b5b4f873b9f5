"""Fixtures of the tests of `/auth/v1`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gateway_accounts import Served, served


@pytest.fixture
def auth(database) -> Iterator[Served]:
    with served(database) as told:
        yield told
