"""The transcript of the README, played: the statements and the rows at its end are read out of it."""

from __future__ import annotations

import re
from pathlib import Path

from acceptance_site import Site

README = Path(__file__).resolve().parents[3] / "README.md"


def test_the_promise_in_ten_lines(site: Site) -> None:
    text = README.read_text(encoding="utf-8").split("## The promise, in ten lines")[1].split("\n## ")[0]
    migration = text.split("_slim.sql\n")[1].split("$ haulback deploy")[0]
    (written,) = re.findall(r'psql -c "([^"]*)"', text)
    ended = text.split('order by id"\n')[1].split("```")[0].split()
    site.execute(
        "create table public.people (id int primary key, name text not null, age int);"
        "insert into public.people values (1, 'ada', 36), (2, 'grace', 85), (3, 'edsger', 72)"
    )
    site.migration("20260102000000_slim.sql", migration)
    assert site.deploy("--skip", "preflight").exit == 0
    site.execute(written)
    assert site.rollback().exit == 0
    found = site.rows("select concat_ws('|', id, name, coalesce(age::text, '')) from public.people order by id")
    assert "\n".join(row[0] for row in found).split() == ended
