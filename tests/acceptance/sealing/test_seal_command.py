"""`haulback seal` ends the window of a deployment, and refuses what a careful person would not want."""

from __future__ import annotations

import pytest
from acceptance_site import BARE, Ended, Site

from haulback.journal.journal import Journal, write
from haulback.model.deployment import Event, State

KEPT = ("--skip", "hazards", "--skip", "preflight", "--skip", "verify")
FILES = ("20260101000000_a.sql", "20260102000000_b.sql", "20260103000000_c.sql")


def seal(site: Site, *arguments: str) -> Ended:
    return site.run("seal", "--json", *arguments)


@pytest.fixture
def three(site: Site) -> Site:
    """Three deployments that stand, each of one file."""
    for number, name in enumerate(FILES, start=1):
        site.migration(name, f"create table public.t{number} (id int primary key);")
        assert site.deploy(*BARE).exit == 0
    return site


def aged(site: Site, number: int, days: int) -> None:
    """Makes a deployment stand since so many days: the journal is append-only for everybody but this test."""
    with site.connect() as connection:
        connection.execute("alter table haulback.entry disable trigger append_only")
        connection.execute(
            "update haulback.entry as e set at = e.at - make_interval(days => %s)"
            " from haulback.deployment as d where d.id = e.deployment and d.number = %s",
            [days, number],
        )
        connection.execute("alter table haulback.entry enable trigger append_only")


def states(site: Site) -> dict[int, str]:
    return {one["deployment"]: one["state"] for one in site.run("log", "--json").document["deployments"]}


def test_a_young_deployment_is_sealed_by_force_only(three: Site) -> None:
    refused = seal(three, "3", "--yes")
    assert (refused.exit, refused.document["error"]) == (3, "too-young-to-seal")
    assert "7 days" in refused.document["message"]
    assert "haulback seal 3 --yes --force" in refused.document["hint"]
    assert seal(three, "3").exit == 2  # nobody to ask
    assert seal(three, "3", "--confirm", "2").exit == 2
    assert set(states(three).values()) == {"deployed"}

    done = seal(three, "--yes", "--force")
    assert done.exit == 0
    assert [(one["deployment"], one["forced"]) for one in done.document["sealed"]] == [(3, True)]
    assert done.document["below"] == [1, 2]
    assert states(three) == {3: "sealed", 2: "deployed", 1: "deployed"}
    for number in ("3", "9"):
        assert seal(three, number, "--confirm", number).exit in {1, 3}
    assert "sealed" in three.run("status").stdout
    assert "sealed" in three.run("log").stdout


def test_what_stands_below_a_sealed_one_is_not_taken_back(three: Site) -> None:
    assert seal(three, "2", "--confirm", "2").exit == 0
    assert three.rollback("3").exit == 0

    for arguments in ((), ("1",)):
        ended = three.rollback(*arguments)
        assert (ended.exit, ended.document["error"]) == (3, "below-sealed")
        assert "deployment 2, which is sealed" in ended.document["message"]
    assert three.rollback("2").document["error"] == "cannot-roll-back"
    assert three.exists("public.t1")

    # The next deployment does not care: it is deployed, and taken back.
    assert three.deploy(*BARE).exit == 0
    assert three.exists("public.t3")
    assert three.rollback().exit == 0
    assert three.exists("public.t2")


def test_those_that_are_old_enough_are_sealed_together(three: Site) -> None:
    assert seal(three, "--older-than", "7d", "--yes").document["sealed"] == []
    aged(three, 1, 30)
    aged(three, 2, 8)

    refused = seal(three, "--older-than", "1ms", "--yes")
    assert (refused.exit, refused.document["error"]) == (3, "too-young-to-seal")
    assert set(states(three).values()) == {"deployed"}
    assert seal(three, "--older-than", "soon", "--yes").exit == 2
    assert seal(three, "1", "--older-than", "7d", "--yes").exit == 2

    done = seal(three, "--older-than", "7d", "--yes").document["sealed"]
    assert [(one["deployment"], one["forced"]) for one in done] == [(1, False), (2, False)]
    assert done[0]["seconds"] >= 30 * 86400
    assert states(three) == {3: "deployed", 2: "sealed", 1: "sealed"}
    # How long it took to deploy is not how long it stood.
    assert max(one["seconds"] for one in three.run("log", "--json").document["deployments"]) < 60
    assert three.rollback().exit == 0


def test_the_policy_says_how_long_a_deployment_can_be_taken_back(three: Site) -> None:
    three.configure(deploy='seal_after = "0s"')
    assert seal(three, "3", "--yes").exit == 0


@pytest.mark.parametrize("state", [State.RUNNING, State.GOING_BACK, State.ROLLED_BACK, State.INCOMPLETE])
def test_only_what_stands_is_sealed(site: Site, state: State) -> None:
    assert seal(site, "--yes").document["error"] == "nothing-to-seal"
    with site.connect() as connection:
        journal = Journal(connection)
        journal.install()
        made = journal.begin("a" * 64, {"migrations": []}, "local", "development")
        write(connection, made.id, "deployment", Event.STATE, detail={"state": state})
    for purge in ((), ("--purge",)):
        ended = seal(site, "1", "--confirm", "1", *purge)
        assert (ended.exit, ended.document["error"]) == (3, "cannot-seal")
        assert state.value in ended.document["message"]


DROPS = "drop table public.orders; alter table public.things drop column note"
BASE = """
create table public.orders (id int primary key);
create table public.things (id int primary key, note text);
insert into public.orders values (1), (2);
insert into public.things values (1, 'a');
"""


def test_what_a_sealed_deployment_kept_of_before_may_be_purged(site: Site) -> None:
    site.execute(BASE)
    site.migration(FILES[0], DROPS)
    assert site.deploy(*KEPT).exit == 0
    captures = site.run("attic", "list", "--json").document["captures"]
    assert {one["keeps"] for one in captures} == {"before"}
    first, second = (str(one["id"]) for one in captures)
    assert site.run("attic", "purge", first, "--yes", "--json").document["error"] == "still-needed"

    sealed = seal(site, "1", "--confirm", "1").document["sealed"][0]
    assert [str(one) for one in sealed["captures"]] == [first, second]
    assert sealed["bytes"] > 0
    assert site.run("attic", "purge", first, "--yes").exit == 0

    # Sealed before: what is left of it goes now, as after a crash between the two.
    again = seal(site, "1", "--purge", "--yes").document["sealed"][0]
    assert ([str(one) for one in again["purged"]], again["captures"]) == ([second], [])
    assert site.run("attic", "list", "--json").document["captures"] == []


def test_sealing_with_purge_keeps_what_users_wrote(site: Site) -> None:
    site.migration(FILES[0], "create table public.fresh (id int primary key);")
    assert site.deploy(*KEPT).exit == 0
    site.execute("insert into public.fresh values (1), (2)")
    assert site.rollback().exit == 0
    site.execute(BASE)
    site.migration(FILES[1], DROPS)
    assert site.deploy(*KEPT).exit == 0
    aged(site, 2, 9)

    assert seal(site, "--older-than", "7d", "--purge", "--yes").exit == 0

    left = site.run("attic", "list", "--json").document["captures"]
    assert [(one["identity"], one["keeps"]) for one in left] == [("public.fresh", "after")]
    refused = site.run("attic", "purge", str(left[0]["id"]), "--yes", "--json")
    assert refused.document["error"] == "still-needed"
