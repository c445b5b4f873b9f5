"""Shared by every kind of test. Real servers are in tests/integration/conftest.py."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no finding: nothing that Hypothesis measures by the clock fails a test.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(autouse=True, scope="session")
def own_environment() -> None:
    """Keeps the caller's PostgreSQL and target settings out of the tests."""
    for name in list(os.environ):
        if name.startswith(("PG", "HAULBACK_")) and name != "HAULBACK_OS_USER":
            del os.environ[name]
    for name in ("DATABASE_URL", "DB_HOST", "DB_PORT", "DB_USER", "DB_NAME", "SUPABASE_URL", "ENVIRONMENT"):
        os.environ.pop(name, None)


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """A run in the background is started with SIGINT ignored, and so would be every command that a test interrupts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


FINDINGS = {"recovery", "property"}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Marks what says all by failing once, since chance chooses its moments or its values: see scripts/test."""
    by_chance = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    if by_chance or FINDINGS & set(item.path.parts):
        item.add_marker("once")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no worker is left alone with them at the end; the rest as it was shuffled."""
    items.sort(key=lambda item: "recovery" not in item.path.parts)
