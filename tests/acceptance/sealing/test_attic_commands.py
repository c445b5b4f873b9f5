"""`haulback attic list`, `show` and `purge --deployment` tell what is kept, and destroy only what may go."""

from __future__ import annotations

from acceptance_site import Ended, Site

FILES = ("20260101000000_drops.sql", "20260102000000_changes.sql", "20260103000000_adds.sql")
QUICK = ("--skip", "hazards", "--skip", "preflight", "--skip", "verify")
BASE = """
create table public.orders (id int primary key, note text, api_key text);
insert into public.orders select i, 'note ' || i || repeat('.', 300 * (i % 2)), 'hunter2' from generate_series(1, 30) i;
create table public.things (id int primary key, price int, secret text);
insert into public.things select i, i, 'hunter2 ' || i from generate_series(1, 5) i;
"""
MIGRATIONS = (
    "drop table public.orders;",
    "update public.things set price = price * 2, secret = 'hunter2' where id < 3; delete from public.things where id = 5;",
)


def attic(site: Site, *arguments: str) -> Ended:
    ended = site.run("attic", *arguments)
    assert "hunter2" not in ended.stdout + ended.stderr
    return ended


def test_what_is_kept_is_told_and_goes_once_its_deployment_is_over(site: Site) -> None:
    site.execute(BASE)
    for name, text in zip(FILES, MIGRATIONS, strict=False):
        site.migration(name, text)
    assert site.deploy(*QUICK).exit == 0

    listed = attic(site, "list", "--verify", "--json").document["captures"]
    dropped, changed = sorted(listed, key=lambda one: one["identity"])
    assert (dropped["kind"], changed["kind"]) == ("moved table", "changed rows")
    for one in (dropped, changed):
        assert (one["state"], one["checksum_state"], one["deployment_state"]) == ("kept", "right", "deployed")
        assert one["bytes"] > 0
    assert (dropped["rows"], changed["rows"]) == (30, 3)
    text = attic(site, "list").stdout
    assert "unknown" in text
    assert "public.orders" in text

    told = attic(site, "show", str(dropped["id"]), "--limit", "2", "--json").document
    assert told["migrations"] == [FILES[0]]
    assert told["columns"][1] == {"name": "note", "type": "text"}
    first, second = told["first_rows"]
    assert first == {"id": 1, "note": ("note 1" + "." * 300)[:200] + "…", "api_key": "********"}
    assert second["note"] == "note 2"
    assert (told["first_changes"], told["key"], told["deployment"]) == ([], ["id"], 1)

    told = attic(site, "show", str(changed["id"]), "--verify", "--json").document
    assert told["checksum_state"] == "right"
    assert [one["event"] for one in told["first_changes"]] == ["update", "update", "delete"]
    assert told["first_changes"][0] == {
        "event": "update",
        "key": {"id": 1},
        "old": {"price": 1, "secret": "********"},
        "new": {"price": 2, "secret": "********"},
    }
    text = attic(site, "show", str(changed["id"])).stdout
    assert "update id 1: price: 1 -> 2" in text
    assert "rows that the migration changed" in text
    assert attic(site, "show", "99", "--json").document["error"] == "no-such-capture"

    refused = attic(site, "purge", "--deployment", "1", "--yes", "--json")
    assert (refused.exit, refused.document["error"]) == (3, "not-over")
    assert attic(site, "purge", "1", "--deployment", "1", "--yes").exit == 2
    assert attic(site, "purge", "--yes").exit == 2
    assert site.run("seal", "1", "--confirm", "1").exit == 0
    assert "1 sealed" in attic(site, "list").stdout
    gone = attic(site, "purge", "--deployment", "1", "--yes", "--json").document["purged"]
    assert {one["identity"] for one in gone} == {"public.orders", "public.things"}
    assert attic(site, "list").stdout == "the attic is empty\n"


def test_rows_that_are_nowhere_else_go_only_when_somebody_says_so(site: Site) -> None:
    site.execute(BASE)
    site.migration(
        FILES[2], "create table public.fresh (id int primary key); alter table public.things drop column price;"
    )
    assert site.deploy(*QUICK).exit == 0
    site.execute("insert into public.fresh values (1), (2)")
    assert site.rollback().exit == 0

    listed = {one["identity"]: one for one in attic(site, "list", "--json").document["captures"]}
    assert listed["public.things"]["state"] == "given back"
    told = attic(site, "show", str(listed["public.things"]["id"])).stdout
    assert "giving back, fill: over" in told
    assert "(rolled back)" in told

    refused = attic(site, "purge", "--deployment", "1", "--yes", "--json")
    assert (refused.exit, refused.document["error"]) == (3, "nowhere-else")
    assert "public.fresh" in refused.document["message"]
    assert "public.things" not in refused.document["message"]
    assert attic(site, "purge", "--deployment", "9", "--yes", "--json").document["error"] == "no-such-deployment"
    assert len(attic(site, "list", "--json").document["captures"]) == len(listed)
    assert attic(site, "purge", "--deployment", "1", "--confirm", "1", "--yes").exit == 0
    assert attic(site, "list", "--json").document["captures"] == []


def test_a_damaged_capture_is_told(site: Site) -> None:
    site.execute(BASE)
    site.migration(FILES[0], MIGRATIONS[0])
    assert site.deploy(*QUICK).exit == 0
    table = site.value("select attic_table::text from haulback.capture")
    site.execute(f'delete from haulback_attic."{table}" where id = 7')

    assert attic(site, "list").exit == 0  # nobody looked
    ended = attic(site, "show", "1", "--verify", "--json")
    assert (ended.exit, ended.document["state"], ended.document["checksum_state"]) == (3, "damaged", "wrong")
