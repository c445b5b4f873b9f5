"""`plan --rewrite` and `deploy --rewrite` run the safe text; histories and hashes go by the file as written."""

from __future__ import annotations

import hashlib
import json

import pytest
from acceptance_site import Ended, Site

FILE = "-- for the list of notes\ncreate index orders_note on public.orders (note);\n"
SAFE = FILE.replace("create index", "create index concurrently")


@pytest.fixture
def orders(site: Site) -> Site:
    """A site whose table is too large for an index to be built while writers wait."""
    site.execute(
        "create table public.orders (id bigint primary key, note text);"
        " insert into public.orders select n, repeat('note ', 200) || n from generate_series(1, 40000) as n;"
        " analyze public.orders"
    )
    site.migration("1_index.sql", FILE)
    return site


def _deploy(site: Site, *arguments: str) -> Ended:
    return site.run("deploy", "--yes", "--json", "--skip", "preflight", "--skip", "verify", *arguments)


def test_the_plan_shows_the_text_and_is_deployed_exactly(orders: Site) -> None:
    told = orders.run("plan", "--rewrite", "--out", "plan.json", "--report", "plan.md")
    assert told.exit == 0, told.stdout + told.stderr
    assert "runs rewritten:\n        -- for the list of notes\n        create index concurrently" in told.stdout
    assert "same schema as the file as written" in told.stdout
    assert f"```sql\n{SAFE}```" in (orders.folder / "plan.md").read_text()
    saved = json.loads((orders.folder / "plan.json").read_text())["migrations"][0]
    assert saved["rewrite"]["text"] == SAFE
    assert saved["sha256"] == hashlib.sha256(FILE.encode()).hexdigest()
    assert _deploy(orders, "plan.json", "--rewrite").exit == 2
    assert _deploy(orders, "plan.json", "--skip", "rehearsal").exit == 3
    assert orders.value("select to_regclass('public.orders_note')") is None
    assert _deploy(orders, "plan.json").exit == 0
    assert orders.exists("public.orders_note")
    assert orders.value("select statements from supabase_migrations.schema_migrations") == [
        "create index orders_note on public.orders (note)"
    ]
    # Later runs compare the file as written.
    assert _deploy(orders).document["state"] == "nothing pending"
    orders.migration("1_index.sql", SAFE)
    assert _deploy(orders).exit == 3


def test_a_saved_plan_whose_text_was_changed_is_refused(orders: Site) -> None:
    assert orders.run("plan", "--rewrite", "--no-rehearse", "--out", "plan.json").exit == 0
    path = orders.folder / "plan.json"
    for text in (SAFE + "drop table public.orders;", "", 5, "\ud800"):
        document = json.loads(path.read_text())
        document["migrations"][0]["rewrite"]["text"] = text
        (orders.folder / "other.json").write_text(json.dumps(document))
        refused = _deploy(orders, "other.json")
        assert refused.exit != 0
        assert orders.value("select to_regclass('public.orders_note')") is None


def test_deployed_and_taken_back(orders: Site) -> None:
    before = orders.dump()
    done = _deploy(orders, "--rewrite")
    assert done.exit == 0, done.stderr
    assert "create index concurrently" in json.dumps(orders.value("select plan from haulback.deployment"))
    assert orders.rollback().exit == 0
    assert orders.dump() == before


def test_nothing_to_rewrite_is_said(site: Site) -> None:
    site.migration("1_table.sql", "create table public.plain (id bigint primary key);")
    assert "nothing to rewrite" in site.run("plan", "--rewrite", "--no-rehearse").stdout
    done = _deploy(site, "--rewrite", "--skip", "rehearsal")
    assert done.exit == 0, done.stderr
