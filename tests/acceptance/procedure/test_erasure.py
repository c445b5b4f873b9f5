"""A user who is erased stays erased, whatever is brought back from the attic afterwards."""

from __future__ import annotations

import uuid

import pytest
from acceptance_site import Site

GONE, STAYS = uuid.UUID(int=7), uuid.UUID(int=8)
QUICK = ("--skip", "preflight", "--skip", "rehearsal", "--skip", "snapshot", "--skip", "seed")


def in_attic(site: Site, user: uuid.UUID) -> int:
    """Rows anywhere in the attic that name the user, whatever the tables there are called."""
    tables = site.rows(
        "select oid::regclass::text from pg_class"
        " where relnamespace = 'haulback_attic'::regnamespace and relkind in ('r', 'p')"
    )
    counts = [
        site.value(f"select count(*) from {name} as t where t::text like %s", [f"%{user}%"]) for (name,) in tables
    ]
    return sum(counts)


@pytest.fixture
def with_events(site: Site) -> Site:
    """A site with the module, an event each of two users, and one archived event of the first."""
    assert site.run("init").exit == 0
    for user in (GONE, STAYS):
        site.execute(f"insert into auth.users (id) values ('{user}')")
    assert site.deploy(*QUICK).exit == 0
    for user in (GONE, STAYS):
        for days in (0, 100):
            site.execute(
                'insert into public.engagement_events (user_id, "timestamp", event_type)'
                f" values ('{user}', now() - interval '{days} days', 'app_open')"
            )
    with site.operator() as connection:
        connection.execute(
            "update public.engagement_events set is_deleted = true where \"timestamp\" < now() - interval '99 days'"
        )
        connection.execute(
            "update public.engagement_events set deleted_at = now() - interval '95 days' where is_deleted"
        )
        assert connection.execute("select public.archive_old_deleted_events(100)").fetchone() == (2,)
    return site


def test_erased_between_rollback_and_redeployment(with_events: Site) -> None:
    site = with_events
    assert site.rollback().exit == 0
    assert in_attic(site, GONE) == 2
    # The module is gone, and with it delete_user_data(): what is left is Haulback's own, which the operator calls.
    site.execute(f"select haulback.erase_user('{GONE}')")
    assert in_attic(site, GONE) == 0
    assert in_attic(site, STAYS) == 2
    assert site.run("attic", "list", "--verify", "--json").exit == 0  # checksums hold without the erased rows

    assert site.deploy("--with-attic", *QUICK).exit == 0

    assert site.rows("select user_id from public.engagement_events") == [(STAYS,)]
    assert site.rows("select user_id from public.engagement_events_archive") == [(STAYS,)]


def test_erased_while_captures_wait(with_events: Site) -> None:
    """Deployed again without the attic, then erased by the module's own function: the captures lose the rows too."""
    site = with_events
    assert site.rollback().exit == 0
    assert site.deploy(*QUICK).exit == 0
    with site.connect("authenticator", autocommit=False) as connection:
        connection.execute("set local role service_role")
        counts = connection.execute("select public.delete_user_data(%s)", [GONE]).fetchone()[0]
    assert counts["captures"]
    assert sum(counts["captures"].values()) == 2
    assert in_attic(site, GONE) == 0

    listed = site.run("attic", "list", "--json").document["captures"]
    for one in (one for one in listed if one["identity"].startswith("public.engagement_events")):
        assert site.run("attic", "restore", str(one["id"]), "--yes", "--json").exit == 0

    assert site.rows("select user_id from public.engagement_events") == [(STAYS,)]
    assert site.rows("select user_id from public.engagement_events_archive") == [(STAYS,)]


def test_a_tombstone_outlives_a_rollback_and_a_redeployment(with_events: Site) -> None:
    site = with_events
    with site.connect("authenticator", autocommit=False) as connection:
        connection.execute("set local role service_role")
        connection.execute("select public.delete_user_data(%s)", [GONE])
    assert site.rollback().exit == 0
    assert in_attic(site, GONE) == 0

    assert site.deploy("--with-attic", *QUICK).exit == 0

    assert site.value("select public.is_erased(%s)", [GONE])
    with site.connect() as connection, pytest.raises(Exception, match="erased user"):
        connection.execute(
            'insert into public.engagement_events (user_id, "timestamp", event_type) values (%s, now(), %s)',
            [GONE, "app_open"],
        )
