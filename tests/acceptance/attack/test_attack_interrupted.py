"""A rollback that is killed while values go back is finished by the next one."""

from __future__ import annotations

import signal

from acceptance_site import Site, until

ROWS = 60_000  # thirty ranges with a pause after each


def test_killed_while_values_go_back(site: Site) -> None:
    site.execute(
        "create table public.orders (id int primary key, note text);"
        f"insert into public.orders select n, 'note ' || n from generate_series(1, {ROWS}) as n"
    )
    before = site.dump()
    site.migration("20260101000000_attack.sql", "alter table public.orders drop column note")
    assert site.deploy("--skip", "preflight", "--skip", "verify").exit == 0
    started = site.start("rollback", "--yes", "--json")
    structure = "select count(*) from haulback.entry where step = 'going back' and unit = 'structure'"
    until(lambda: site.value(structure), "the structure came back")
    started.process.send_signal(signal.SIGKILL)
    assert started.ended().exit == -signal.SIGKILL
    missing = site.value("select count(*) from public.orders where note is null")
    assert missing > 0, "it was killed too late to tell anything"
    assert site.rollback().exit == 0
    assert site.value("select count(*) from public.orders where note = 'note ' || id") == ROWS
    assert site.dump() == before
