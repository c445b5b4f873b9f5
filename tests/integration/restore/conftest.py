"""A database with a table that much depends on, its backup, and the use cases on it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict
from restore_place import SHOP, Place

from haulback.backups.aside import Aside
from haulback.model.recovery import BackupSettings
from haulback.model.settings import Settings
from haulback.model.target import Environment, Policy, Target
from haulback.modules.engagement_events.module import load
from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER


@pytest.fixture(scope="session")
def aside_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home for the private clusters of all tests of a worker."""
    home = tmp_path_factory.mktemp("aside")
    yield home
    for found in (binaries.embedded(), binaries.for_major(15)):
        if found:
            Aside(home, found.major)._cluster.destroy()


@pytest.fixture
def place(any_database, aside_home: Path, tmp_path: Path) -> Iterator[Place]:
    """An empty database on either major."""
    policy = Policy(unknown_blocks=False)
    parameters = {name: str(value) for name, value in conninfo_to_dict(any_database.conninfo()).items()}
    target = Target("local", Environment.DEVELOPMENT, parameters, policy)
    store = BackupSettings(str(tmp_path / "backups"))
    settings = Settings(
        tmp_path, aside_home, tmp_path / "migrations", {"local": target}, "local", backups=store, patience=5.0
    )
    with any_database.connect(autocommit=True) as connection:
        yield Place(settings, target, connection, any_database)


@pytest.fixture
def shop(place: Place) -> Place:
    """Orders that other things depend on, with rows."""
    place.execute(SHOP)
    return place


@pytest.fixture
def module(place: Place) -> Place:
    """The module engagement_events with three users and 600 events."""
    for migration in load().migrations:
        with place.connection.transaction():
            place.execute(migration.text)
    place.execute("""
        insert into auth.users (id, email)
          select ('00000000-0000-4000-8000-00000000000' || g)::uuid, g || '@example.test' from generate_series(1, 3) as g;
        insert into public.engagement_events (id, user_id, event_type, value, is_deleted, deleted_at)
          select md5(g::text)::uuid, ('00000000-0000-4000-8000-00000000000' || 1 + g % 3)::uuid, 'seen',
                 jsonb_build_object('n', g), g % 10 = 0, case when g % 10 = 0 then now() - interval '100 days' end
            from generate_series(1, 600) as g;
    """)
    return place


@pytest.fixture
def weak(shop: Place) -> Iterator[str]:
    """A login that owns nothing and that policies hold for."""
    name = f"weak_{secrets.token_hex(4)}"
    with shop.database.connect(SUPERUSER, autocommit=True) as operator:
        operator.execute(f"create role {name} login")
        operator.execute(f"grant usage on schema public to {name}")
        yield name
        operator.execute(f"drop owned by {name}; drop role {name}")
