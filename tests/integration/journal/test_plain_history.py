from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from haulback.journal import history
from haulback.journal.journal import Journal
from haulback.migrations.parse import script
from haulback.model.migration import Migration
from haulback.pg import binaries
from haulback.pg.cluster import Cluster, Running


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    cluster = Cluster(tmp_path_factory.mktemp("plain"), "plain", binaries.embedded(), durable=False, platform=False)
    yield cluster.start()
    cluster.destroy()


def test_a_plain_database_keeps_its_history_in_our_schema(plain):
    with psycopg.connect(plain.conninfo(), autocommit=True) as connection:
        assert history.schema_of(connection) == "haulback"
        assert history.read(connection) == ()
        Journal(connection).install()
        history.prepare(connection)
        history.record(connection, "haulback", Migration("1", "a", script(Path("1_a.sql"), "select 1")))

        assert history.read(connection) == (("1", "a"),)
        schemas = connection.execute("select nspname from pg_catalog.pg_namespace where nspname like 'supabase%'")
        assert schemas.fetchall() == []
