"""A target that an older Haulback deployed to is deployed to and taken back by this one."""

from __future__ import annotations

from pathlib import Path

from acceptance_site import Site

FIRST = Path(__file__).parents[2] / "integration" / "journal" / "fixtures" / "journal_1.sql"
QUICK = ("--skip", "hazards", "--skip", "preflight", "--skip", "verify")
ROWS = "select string_agg(id || ' ' || price, ', ' order by id) from public.things"


def test_its_journal_is_brought_up_to_date(site: Site) -> None:
    site.execute(FIRST.read_text(encoding="utf-8"))
    site.execute("create table public.things (id int primary key, price int); insert into public.things values (1, 1)")
    site.migration("20260101000000_prices.sql", "update public.things set price = 2;")

    assert site.run("status").exit == 0
    assert site.run("log").stdout == "no deployment yet\n"
    assert site.run("attic", "list").exit == 0
    assert site.deploy(*QUICK).exit == 0
    assert site.value(ROWS) == "1 2"
    assert site.value("select array_agg(version order by version) from haulback.installation")[:2] == [1, 2]
    assert site.rollback().exit == 0
    assert site.value(ROWS) == "1 1"
