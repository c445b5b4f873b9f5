"""The command as a user types it: exit codes, one JSON line, never a prompt, and a rerun after SIGKILL."""

from __future__ import annotations

import os
import signal

import pytest
from acceptance_site import Site, until

TABLE = """
create table public.orders (id int primary key, note text not null);
insert into public.orders select g, 'note ' || g from generate_series(1, 30000) as g;
create view public.few as select * from public.orders where id < 10;
create table public.lines (id int primary key, "order" int references public.orders on delete cascade);
insert into public.lines select g, g from generate_series(1, 10) as g;
create function public.many() returns bigint language sql begin atomic select count(*) from public.orders; end;
grant select on public.orders to authenticated;
"""
HARM = "delete from public.orders where id > 100 and id % 2 = 0; update public.orders set note = 'x' where id % 3 = 0"
SUM = "select md5(string_agg(o::text, ',' order by id)) from public.orders as o"


def backup(site: Site) -> str:
    return str(site.run("backup", "run", "--table", "public.orders", "--json").document["id"])


def restore(site: Site, *arguments: str) -> tuple[str, ...]:
    return ("restore", "table", "public.orders", *arguments, "--json")


@pytest.fixture
def stocked(site: Site) -> Site:
    site.execute(TABLE)
    return site


def test_compare_apply_list_undo(stocked: Site) -> None:
    whole = stocked.value(SUM)
    taken = backup(stocked)
    stocked.execute(HARM)
    harmed = stocked.value(SUM)

    compared = stocked.run(*restore(stocked, "--from", taken)).document
    assert (compared["missing"], compared["changed"], compared["extra"], compared["restore"]) == (14950, 5016, 0, None)
    assert stocked.value(SUM) == harmed

    done = stocked.run(*restore(stocked, "--from", taken, "--missing", "--changed", "--yes")).document
    assert (done["restore"], done["inserted"], done["updated"], done["left"]) == (1, 14950, 5016, {})
    assert stocked.value(SUM) == whole

    (listed,) = stocked.run("restore", "list", "--json").document["restores"]
    assert (listed["id"], listed["state"], listed["can_undo"]) == (1, "restored", True)

    undone = stocked.run("restore", "undo", "1", "--yes", "--json").document
    assert (undone["deleted"], undone["set_back"], undone["state"]) == (14950, 5016, "undone")
    assert stocked.value(SUM) == harmed


def test_nobody_is_asked_where_there_is_no_terminal(stocked: Site) -> None:
    """`read -p "Drop existing table?"` hangs there."""
    taken = backup(stocked)
    stocked.execute(HARM)
    harmed = stocked.value(SUM)

    ended = stocked.run(*restore(stocked, "--from", taken, "--missing"))

    assert (ended.exit, ended.document["ok"]) == (2, False)
    assert "--yes" in ended.document["message"]
    assert stocked.value(SUM) == harmed


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("public.orders",), 2),
        (("public.orders", "--from", "x", "--at", "2026-01-01T00:00:00Z"), 2),
        (("public.orders", "--at", "2026-01-01T00:00:00"), 2),  # whose midnight?
        (("public.orders", "--at", "yesterday"), 2),
        (("public.orders", "--from", "20200101T000000Z-table-abcdef"), 2),
        (("public.orders", "--at", "2026-01-01T00:00:00Z"), 3),
    ],
)
def test_exit_codes(stocked: Site, arguments: tuple[str, ...], code: int) -> None:
    assert stocked.run("restore", "table", *arguments, "--json").document["exit"] == code


def test_a_condition_that_fails_on_a_row_does_not_show_the_row(stocked: Site) -> None:
    taken = backup(stocked)
    stocked.execute(HARM)
    ended = stocked.run(*restore(stocked, "--from", taken, "--only-where", "note::int > 4"))
    assert (ended.exit, ended.document["error"]) == (2, "bad-expression")
    assert ended.document["message"] == '--only-where: invalid input syntax for type integer: "…"'
    assert "note " not in ended.stderr


def test_no_restore_of_that_number(stocked: Site) -> None:
    assert stocked.run("restore", "undo", "7", "--yes", "--json").document["error"] == "no-such-restore"


def test_another_deployment_is_not_disturbed(stocked: Site) -> None:
    taken = backup(stocked)
    with stocked.connect() as holder:
        holder.execute("select pg_advisory_lock(1751217516, 1)")
        ended = stocked.run(*restore(stocked, "--from", taken, "--missing", "--yes"))
    assert ended.exit == 6


def test_what_depends_on_the_table_is_there_as_before(stocked: Site) -> None:
    """The seed's `DROP TABLE … CASCADE; psql -f` takes a view, a function and a foreign key along, and newer rows."""
    taken = backup(stocked)
    stocked.execute(HARM)
    stocked.execute("insert into public.orders values (90001, 'newer')")
    before = stocked.dump()

    stocked.run(*restore(stocked, "--from", taken, "--missing", "--changed", "--yes"))

    assert stocked.dump() == before
    assert stocked.value("select note from public.orders where id = 90001") == "newer"
    assert stocked.value("select count(*) from public.lines") == 10

    # What the seed does, on the same database:
    stocked.execute("drop table public.orders cascade")
    assert not stocked.exists("public.few")
    assert "lines_order_fkey" not in stocked.dump()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7])
def test_killed_in_the_middle_and_run_again(stocked: Site, share: float) -> None:
    whole = stocked.value(SUM)
    taken = backup(stocked)
    stocked.execute(HARM)
    command = restore(stocked, "--from", taken, "--missing", "--changed", "--yes")

    started = stocked.start(*command)
    until(
        lambda: any(
            one["event"] == "part" and one["step"] == "restore" and one["done"] >= share * one["total"]
            for one in started.said
        ),
        "rows coming back",
    )
    os.kill(started.process.pid, signal.SIGKILL)
    started.ended()
    again = stocked.run(*command).document

    assert stocked.value(SUM) == whole
    # Where it had just ended before the blow came, the second run finds nothing to do.
    assert again["restore"] in {1, None}
    assert stocked.value("select count(*) from haulback.restore") == 1
    if again["restore"]:
        assert (again["inserted"], again["updated"], again["left"]) == (14950, 5016, {})
    stocked.run("restore", "undo", "1", "--yes")
    assert stocked.value("select count(*) from public.orders") == 30000 - 14950


def test_killed_while_it_is_undone_and_run_again(stocked: Site) -> None:
    taken = backup(stocked)
    stocked.execute(HARM)
    harmed = stocked.value(SUM)
    stocked.run(*restore(stocked, "--from", taken, "--missing", "--changed", "--yes"))

    started = stocked.start("restore", "undo", "1", "--yes", "--json")
    until(lambda: started.heard("part", step="undo"), "rows going")
    os.kill(started.process.pid, signal.SIGKILL)
    started.ended()
    ended = stocked.run("restore", "undo", "1", "--yes", "--json")

    assert ended.exit in {0, 3}  # 3: it had just ended
    assert stocked.value(SUM) == harmed


def test_users_write_all_the_time(stocked: Site) -> None:
    """Their writes stay, whenever they come; and what they do not touch comes back."""
    taken = backup(stocked)
    stocked.execute(HARM)
    started = stocked.start(*restore(stocked, "--from", taken, "--missing", "--changed", "--yes"))
    # What was written before is what the user asked to set back.
    until(lambda: started.heard("step done", step="compare"), "the comparison")
    mine: set[int] = set()
    with stocked.connect() as user:
        for number in range(3, 30000, 45):
            if started.process.poll() is not None:
                break
            user.execute("update public.orders set note = 'mine' where id = %s", [number])
            if user.execute("select from public.orders where id = %s and note = 'mine'", [number]).rowcount:
                mine.add(number)
    assert started.ended().exit == 0

    kept = {row[0] for row in stocked.rows("select id from public.orders where note = 'mine'")}
    assert kept == mine
    others = "select count(*) from public.orders where note not in ('mine', 'note ' || id)"
    assert stocked.value(others) == 0
    assert stocked.value("select count(*) from public.orders") == 30000
