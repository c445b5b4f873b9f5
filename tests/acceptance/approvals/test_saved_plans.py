"""`deploy plan.json` runs exactly that plan, or refuses with 3 and has touched nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from acceptance_site import BARE, Ended, Site

QUICK = (*BARE, "--skip", "snapshot", "--skip", "capture", "--skip", "validate")


@pytest.fixture
def planned(site: Site) -> Site:
    """A site with a saved plan of two migrations, one of which has a rollback script."""
    site.migration("1_first.sql", "create table public.first (id int primary key);")
    site.migration("2_second.sql", "create table public.second (id int primary key);")
    site.rollback_script("2_second.sql", "drop table public.second;")
    assert site.run("plan", "--no-rehearse", "--out", "plan.json").exit == 0
    return site


def _deploy(site: Site, *arguments: str) -> Ended:
    return site.run("deploy", "plan.json", "--yes", "--json", *QUICK, *arguments)


def _edit_file(site: Site) -> None:
    site.migration("2_second.sql", "create table public.second (id bigint primary key);")


def _edit_rollback_script(site: Site) -> None:
    site.rollback_script("2_second.sql", "drop table public.second cascade;")


def _add_file(site: Site) -> None:
    site.migration("3_third.sql", "create table public.third (id int primary key);")


def _remove_file(site: Site) -> None:
    (site.folder / "supabase/migrations/2_second.sql").unlink()


def _change_target(site: Site) -> None:
    site.execute("create table public.drift (id int)")


def _apply_one(site: Site) -> None:
    site.execute("insert into supabase_migrations.schema_migrations (version, name) values ('1', 'first')")


def _tamper(site: Site) -> None:
    path = site.folder / "plan.json"
    document = json.loads(path.read_text())
    document["migrations"][0]["sha256"] = "0" * 64
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_edit_file, "2_second.sql was edited since"),
        (_edit_rollback_script, "the rollback script of 2_second.sql was edited since"),
        (_add_file, "3_third.sql was added since"),
        (_remove_file, "2_second.sql is gone"),
        (_change_target, "the schema of the target changed since"),
        (_apply_one, "other migrations were applied to the target since"),
        (_tamper, "its hash does not agree with its content"),
    ],
)
def test_what_changed_since_is_refused(planned: Site, change: Callable[[Site], None], told: str) -> None:
    change(planned)
    before = planned.dump()

    ended = _deploy(planned)

    assert (ended.exit, ended.document["error"]) == (3, "plan-changed")
    assert told in ended.document["message"]
    assert "haulback plan --out" in ended.document["hint"]
    assert planned.dump() == before
    assert planned.value("select to_regclass('haulback.deployment') is null")


def test_another_target_is_refused(planned: Site) -> None:
    url = planned.server.url(database=planned.database)
    planned.configure(f'[targets.other]\nurl = "{url}"\n')
    ended = _deploy(planned, "--target", "other")
    assert ended.exit == 3
    assert "it was made for local, not for other" in ended.document["message"]


def test_unchanged_it_is_deployed_once(planned: Site) -> None:
    saved = json.loads((planned.folder / "plan.json").read_text())

    ended = _deploy(planned)

    assert ended.exit == 0
    assert ended.document["plan_hash"] == saved["hash"]
    assert [one["version"] for one in ended.document["migrations"]] == ["1", "2"]
    again = _deploy(planned)
    assert (again.exit, again.document["error"]) == (3, "plan-changed")


def test_what_is_no_plan_is_a_mistake_of_the_caller(planned: Site) -> None:
    (planned.folder / "plan.json").write_text("{}")
    assert (_deploy(planned).exit, _deploy(planned).document["error"]) == (2, "plan-unreadable")
