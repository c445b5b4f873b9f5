"""The main job from an empty folder, with the commands of the README and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from acceptance_site import Site, dump

from haulback.pg import binaries
from haulback.pg.cluster import Cluster

USERS = (uuid.UUID(int=1), uuid.UUID(int=2))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder; whatever a failed test left running below it is stopped."""
    folder = tmp_path / "empty"
    folder.mkdir()
    yield folder
    clusters = folder / ".haulback" / "clusters"
    for left in sorted(clusters.iterdir()) if clusters.is_dir() else ():
        if left.is_dir():
            Cluster(folder / ".haulback", left.name, binaries.embedded()).destroy()


def test_deploy_take_back_and_deploy_again_from_an_empty_folder(folder: Path) -> None:
    home = folder / ".haulback"
    bare = Site(folder, None, "postgres", home)
    assert bare.run("init").exit == 0
    assert bare.run("up", "--detach").exit == 0
    running = Cluster(home, "main", binaries.embedded()).status().running
    site = Site(folder, running, "postgres", home)
    for user in USERS:
        site.execute(f"insert into auth.users (id, email) values ('{user}', '{user}@example.test')")
    before = dump(running, "postgres")

    deployed = site.deploy()

    assert deployed.exit == 0
    assert deployed.document["state"] == "deployed"
    assert [one["ended"] for one in deployed.document["migrations"]] == ["done"] * 5
    written = {user: _write_as(site, user) for user in USERS}
    assert site.value("select is_deleted from public.engagement_events where id = %s", [written[USERS[0]][0]])
    kept = site.rows("select * from public.engagement_events order by id")
    assert len(kept) > 2 * len(USERS)  # the seed data are there as well

    taken_back = site.rollback()

    assert taken_back.exit == 0
    assert taken_back.document["state"] == "rolled back"
    assert dump(running, "postgres") == before
    assert not site.exists("public.engagement_events")
    listed = site.run("attic", "list", "--json", "--verify")
    assert listed.exit == 0
    assert {"public.engagement_events": len(kept)}.items() <= {
        one["identity"]: one["rows"] for one in listed.document["captures"]
    }.items()

    again = site.run("deploy", "--with-attic", "--yes")

    assert again.exit == 0
    assert site.rows("select * from public.engagement_events order by id") == kept
    assert not site.value("select public.maintenance_active()")
    for user in USERS:
        assert _seen_by(site, user) == {written[user][1]} if user == USERS[0] else set(written[user])

    assert site.run("down").exit == 0
    assert Cluster(home, "main", binaries.embedded()).status().running is None


def _write_as(site: Site, user: uuid.UUID) -> list[uuid.UUID]:
    """Two events through the API's role, as PostgREST would write them; the first user deletes one softly."""
    with site.connect("authenticator", autocommit=False) as connection:
        _become(connection, user)
        ids = [
            connection.execute(
                'insert into public.engagement_events (user_id, "timestamp", event_type, value)'
                " values (%s, now(), 'app_open', %s) returning id",
                [user, f'{{"n": {n}}}'],
            ).fetchone()[0]
            for n in range(2)
        ]
        if user == USERS[0]:
            connection.execute("select public.soft_delete_event(%s)", [ids[0]])
        return ids


def _seen_by(site: Site, user: uuid.UUID) -> set[uuid.UUID]:
    with site.connect("authenticator", autocommit=False) as connection:
        _become(connection, user)
        return {row[0] for row in connection.execute("select id from public.engagement_events")}


def _become(connection: psycopg.Connection, user: uuid.UUID) -> None:
    connection.execute("set local role authenticated")
    connection.execute(
        "select set_config('request.jwt.claims', json_build_object('sub', %s::text, 'role', 'authenticated')::text, true)",
        [str(user)],
    )
