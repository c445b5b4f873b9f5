"""One deployment at a time, and whoever comes second is told who is at work."""

from __future__ import annotations

import os
import signal
import socket

from acceptance_site import BARE, Site, Started, until

QUICK = (*BARE, "--skip", "snapshot", "--skip", "capture", "--skip", "validate")
RUNNING = "select count(*) from pg_stat_activity where datname = current_database() and query like 'select pg_sleep%%'"


def _slow(site: Site) -> Started:
    """A deployment in the middle of its migration."""
    site.execute("create table public.gate (open bool); insert into public.gate values (false)")
    site.migration("1_slow.sql", "create table public.slow (id int primary key);\nselect pg_sleep(3600);\n")
    started = site.start("deploy", "--yes", "--json", *QUICK)
    until(lambda: site.value(RUNNING), "the migration that sleeps")
    return started


def test_the_second_is_refused_and_a_killed_one_is_in_nobodys_way(site: Site) -> None:
    first = _slow(site)

    second = site.run("deploy", "--yes", "--json", *QUICK)

    assert second.exit == 6
    assert second.document["error"] == "target-held"
    assert f"pid {first.process.pid} on {socket.gethostname()[:36]}" in second.document["message"]
    assert " since 20" in second.document["message"]
    assert "haulback status" in second.document["hint"]
    status = site.run("status", "--json")
    assert f"pid {first.process.pid}" in status.document["holder"]
    for other in ("rollback", "resume"):
        refused = site.run(other, "--yes", "--json")
        assert (refused.exit, refused.document["error"]) == (6, "target-held")

    os.kill(first.process.pid, signal.SIGKILL)
    first.ended()
    site.migration("1_slow.sql", "create table public.quick (id int primary key);\n")
    # The orphaned backend still sleeps in its transaction; the next command ends it, goes back, and says so.
    again = site.run("deploy", "--yes", "--json", *QUICK, "--wait", "20")
    assert again.exit == 4
    assert again.document["error"] == "taken-back"
    assert site.value(RUNNING) == 0
    assert site.run("deploy", "--yes", "--json", *QUICK).exit == 0
    assert not site.exists("public.slow")
    assert site.exists("public.quick")


def test_an_interrupted_one_says_how_to_go_on_and_is_taken_back(site: Site) -> None:
    started = _slow(site)
    started.process.send_signal(signal.SIGINT)

    ended = started.ended()

    assert ended.exit == 130
    assert ended.document["error"] == "interrupted"
    assert "haulback rollback 1" in ended.document["hint"]
    assert not site.exists("public.slow")
    assert site.rollback().exit == 0
    assert site.run("log", "--json").document["deployments"][0]["state"] == "rolled back"
