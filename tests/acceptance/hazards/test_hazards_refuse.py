"""What blocks on this target refuses its deployment: nothing is touched, the safe way is told, and it can be accepted."""

from __future__ import annotations

import pytest

TYPE_CHANGE = "alter table public.orders alter column amount type bigint;"
FILE = "2_widen.sql"


@pytest.fixture
def staging(site):
    """A staging target with a table that takes longer to write anew than its lock budget allows."""
    site.configure(deploy='lock_budget = "50ms"', local='environment = "staging"\npolicy.rehearse = false')
    with site.connect() as connection:
        # Its size is what these tests counted, not what autovacuum finds between two of their lines.
        connection.execute(
            "create table public.orders (id bigint primary key, amount integer not null, note text)"
            " with (autovacuum_enabled = off)"
        )
        connection.execute("insert into public.orders select n, n, repeat('x', 60) from generate_series(1, 80000) as n")
        connection.execute("analyze public.orders")
    site.migration(FILE, TYPE_CHANGE)
    return site


def amount_type(site):
    return site.value("select format_type(atttypid, -1) from pg_attribute where attname = 'amount' and attnum > 0")


def test_a_lock_past_the_budget_is_refused_and_nothing_is_touched(staging):
    ended = staging.run("deploy", "--yes", "--json", "--skip", "preflight", "--skip", "verify")
    assert ended.exit == 3
    assert ended.document["error"] == "hazard-blocks"
    assert "--accept type-change" in ended.document["hint"]
    assert "2_widen.sql:1" in ended.document["message"]
    assert amount_type(staging) == "integer"
    assert staging.value("select to_regnamespace('haulback')") is None


def test_plan_tells_the_same_with_the_seconds(staging):
    ended = staging.run("plan", "--json")
    (found,) = [one for one in ended.document["hazards"]["hazards"] if one["id"] == "type-change"]
    assert ended.exit == 3
    assert found["level"] == "block"
    assert found["seconds"] > 0.05
    assert found["subject"] in {"public.orders", "public.orders.amount"}
    assert any("type-change" in one for one in ended.document["blocking"])


def test_it_can_be_accepted_by_its_id(staging):
    skip = ("--skip", "preflight", "--skip", "verify", "--skip", "capture")
    ended = staging.run("deploy", "--yes", "--json", *skip, "--accept", "type-change")
    assert ended.exit == 0, ended.stderr + ended.stdout
    assert amount_type(staging) == "bigint"


def test_the_id_of_no_hazard_is_a_usage_error(staging):
    ended = staging.run("deploy", "--yes", "--json", "--accept", "typo-change")
    assert ended.exit == 2
    assert "typo-change" in ended.document["message"]


def test_a_small_table_is_only_noted(staging):
    with staging.connect() as connection:
        connection.execute("truncate public.orders")
        connection.execute("analyze public.orders")
    ended = staging.run("plan", "--json")
    (found,) = [one for one in ended.document["hazards"]["hazards"] if one["id"] == "type-change"]
    assert found["level"] == "note"


def test_an_ignore_with_a_reason_lets_it_through(staging):
    staging.migration(FILE, f"-- haulback:ignore type-change done at night, announced\n{TYPE_CHANGE}")
    ended = staging.run("plan", "--json")
    assert not any("type-change" in one for one in ended.document["blocking"])
    assert ended.document["hazards"]["silenced"] == 1


def test_the_level_of_a_hazard_can_be_set_for_a_target(staging):
    staging.configure(
        deploy='lock_budget = "50ms"',
        local='environment = "staging"\npolicy.rehearse = false\npolicy.hazards.type-change = "warn"',
    )
    ended = staging.run("plan", "--json")
    (found,) = [one for one in ended.document["hazards"]["hazards"] if one["id"] == "type-change"]
    assert found["level"] == "warn"
    staging.configure(text='[hazards]\nno-such-thing = "warn"\n')
    ended = staging.run("plan", "--json")
    assert ended.exit == 2
    assert "no-such-thing" in ended.document["message"]


def test_an_accepted_lock_is_not_ended_by_our_own_watchdog(staging):
    """A reader waits for the whole rewrite: without the acceptance the transaction would be ended for it."""
    staging.configure(deploy='lock_budget = "20ms"', local='environment = "staging"\npolicy.rehearse = false')
    with staging.connect() as connection:
        connection.execute("delete from public.orders where id > 1500")  # its size is what was counted before
    slow = (
        "alter table public.orders alter column amount type bigint using amount + (pg_sleep(0.00002)::text = 'x')::int"
    )
    staging.migration(FILE, f"{slow};")
    skip = ("--skip", "preflight", "--skip", "verify", "--skip", "capture")
    process = staging.start("deploy", "--yes", "--json", *skip, "--accept", "type-change")
    with staging.connect() as connection:
        while process.process.poll() is None:
            connection.execute("select count(*) from public.orders where id = 1")
    ended = process.ended()
    assert ended.exit == 0, ended.stderr + ended.stdout
    assert staging.value("select (plan ->> 'may_hold')::bool from haulback.deployment")
