"""Drills of a whole cluster: from its backup and its archive, with the server taken for gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from acceptance_site import Ended, until

from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Cluster

Run = Callable[..., Ended]


@pytest.fixture(scope="module")
def backup(run: Run) -> str:
    with operator(run) as connection:  # autovacuum writes too, and what it writes is not in the archive at once
        connection.execute("alter system set autovacuum = off")
        connection.execute("select pg_reload_conf()")
    taken = run("backup", "run", "--kind", "physical", "--json")
    assert taken.exit == 0
    return str(taken.document["id"])


def operator(run: Run) -> psycopg.Connection:
    home = Path(run("dr", "plan", "--json").document["store"]).parents[1]
    running = Cluster(home, "main", binaries.embedded()).status().running
    assert running
    return psycopg.connect(running.conninfo(SUPERUSER), autocommit=True)


def shipped(run: Run, times: int = 1) -> None:
    """Something is written, and in the archive; as often as asked for."""
    with operator(run) as connection:
        for _ in range(times):
            connection.execute("create table if not exists public.written (at timestamptz default now())")
            connection.execute("insert into public.written default values")
            (name,) = connection.execute("select pg_walfile_name(pg_switch_wal())").fetchone()
            query = "select last_archived_wal >= %s from pg_stat_archiver"
            until(lambda: connection.execute(query, [name]).fetchone()[0], f"{name} in the archive")  # noqa: B023


def test_a_lost_database_comes_back_from_the_archive(run: Run, backup: str) -> None:
    shipped(run)
    drill = run("drill", "--json")
    document = drill.document
    assert (drill.exit, document["scenario"], document["verdict"]) == (0, "database-lost", "pass"), document
    assert document["backup"] == backup
    assert document["rpo_seconds"] == 0.0  # everything that was written is in the archive
    assert document["rows"] > 100


def test_what_is_not_in_the_archive_counts_as_lost(run: Run, backup: str) -> None:
    shipped(run)
    with operator(run) as connection:
        connection.execute("insert into public.written default values")
        connection.execute("select pg_sleep(1.1)")
        document = run("drill", "--scenario", "database-lost", "--json").document
        (last,) = connection.execute("select max(at) from public.written").fetchone()
    assert last is not None
    assert document["rpo_seconds"] >= 1.0
    assert document["verdict"] == "pass"


def test_a_damaged_page_is_found(run: Run, backup: str) -> None:
    document = run("drill", "--scenario", "corrupt-page", "--json").document
    assert (document["verdict"], document["problems"]) == ("pass", [])


def test_a_hole_in_the_log_is_noticed(run: Run, backup: str) -> None:
    shipped(run, 4)
    document = run("drill", "--scenario", "wal-gap", "--json").document
    assert (document["verdict"], document["problems"]) == ("pass", [])
    assert document["rpo_seconds"] > 0


def test_nothing_is_left_behind(run: Run, backup: str) -> None:
    run("drill", "--scenario", "database-lost")
    home = Path(run("dr", "plan", "--json").document["store"]).parents[1]
    assert list((home / "drills").iterdir()) == []
