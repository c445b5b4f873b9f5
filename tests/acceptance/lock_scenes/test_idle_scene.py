"""The lock scene: an idle transaction has read the table, we want to alter it, and everybody else goes on."""

from __future__ import annotations

from acceptance_site import BARE, Site, until
from scene_sessions import busy, holding

QUICK = (*BARE, "--skip", "snapshot", "--skip", "validate")
READ = "select count(*) from public.orders"
WRITE = "update public.orders set total = total + 1 where id = 1"


def test_everybody_goes_on_until_the_idle_one_ends(site: Site) -> None:
    site.execute("create table public.orders (id int primary key, total int default 0);")
    site.execute("insert into public.orders select generate_series(1, 100)")
    site.migration(
        "1_note.sql",
        "alter table public.orders add column note text;\nalter table public.orders add column tag text;\n",
    )
    with holding(site, READ, "forgotten psql") as idle, busy(site, READ) as reads, busy(site, WRITE) as writes:
        pid = idle.info.backend_pid
        started = site.start("deploy", "--yes", "--json", *QUICK)
        waiting = until(lambda: started.heard("waiting"), "a line that says who blocks")
        before = reads.done, writes.done
        until(lambda: reads.done > before[0] + 100 and writes.done > before[1] + 100, "work beside a blocked ALTER")
        tries = {one["tries"] for one in started.said if one["event"] == "waiting"}
        idle.rollback()
        ended = started.ended()
        since = reads.done
        until(lambda: reads.done > since, "a read of the new table")

    assert ended.exit == 0
    assert waiting["what"] == "1_note"
    assert f"pid {pid} (forgotten psql, idle in transaction" in waiting["blockers"][0]
    # One try queued up; none did again while the same transaction was in the way.
    assert tries == {1}
    assert (reads.failures, writes.failures) == ([], [])
    # The file was run whole again: both columns are there, once.
    assert site.value("select count(*) from information_schema.columns where table_name = 'orders'") == 4


def test_whoever_comes_while_we_wait_is_told_too(site: Site) -> None:
    site.execute("create table public.orders (id int primary key)")
    site.migration("1_note.sql", "alter table public.orders add column note text;\n")
    with holding(site, READ, "first") as first, holding(site, READ, "second") as second:
        started = site.start("deploy", "--yes", "--json", *QUICK)
        until(lambda: started.heard("waiting"), "a line that says who blocks")
        with holding(site, READ, "third") as third:
            first.rollback()
            second.rollback()
            until(lambda: started.heard("waiting", tries=2), "a second try")
            third.rollback()
            ended = started.ended()

    told = [one["blockers"] for one in ended.events if one["event"] == "waiting"]
    assert ended.exit == 0
    assert [len(one) for one in told] == [2, 1]
    assert "third" in told[1][0]


def test_an_index_that_could_not_be_built_leaves_nothing_behind(site: Site) -> None:
    """An old transaction that has never seen the table keeps CREATE INDEX CONCURRENTLY waiting all the same."""
    site.configure(deploy='patience = "1s"')
    site.execute("create table public.orders (id int primary key)")
    site.migration("1_index.sql", "create index concurrently orders_again on public.orders (id);\n")
    before = site.dump()
    with holding(site, "begin isolation level repeatable read; select 1", "an old report") as old:
        pid = old.info.backend_pid
        ended = site.deploy("--skip", "preflight", "--skip", "verify", "--skip", "rehearsal")

    assert ended.exit == 4, ended.document
    assert f"blocked by pid {pid} (an old report" in ended.document["message"]
    assert site.dump() == before
