"""A row that cannot come back, since a user has its unique value by now: the policy chosen beforehand decides."""

from __future__ import annotations

import pytest
from acceptance_site import Site

REASON = 'duplicate key value violates unique constraint "people_email_key"'
QUOTED = REASON.replace('"', '\\"')  # as JSON has it


@pytest.fixture
def taken(site: Site) -> Site:
    """Row 5 lost its address to a migration, and a user took it since."""
    site.execute("create table public.people (id int primary key, email text unique)")
    site.execute("insert into public.people select i, 'mail ' || i from generate_series(1, 20) as i")
    site.migration("20260101000000_rows.sql", "update public.people set email = 'new ' || id;")
    ended = site.deploy("--skip", "preflight", "--skip", "verify", "--skip", "hazards")
    assert ended.exit == 0, ended.stderr
    site.execute("insert into public.people values (100, 'mail 5')")
    return site


def _others_are_back(site: Site) -> None:
    wrong = site.rows("select id, email from public.people where email <> 'mail ' || id order by id")
    assert wrong == [(5, "new 5"), (100, "mail 5")]


def test_it_stops_and_goes_on_once_the_policy_is_another(taken: Site) -> None:
    ended = taken.rollback()
    assert ended.exit == 5
    assert f"1 of public.people ({QUOTED})" in ended.stdout
    _others_are_back(taken)
    taken.configure(deploy='held_up = "attic"')
    ended = taken.rollback()
    assert ended.exit == 0, ended.stderr
    _others_are_back(taken)


def test_it_leaves_the_row_in_the_attic_and_lists_it(taken: Site) -> None:
    taken.configure(deploy='held_up = "attic"')
    ended = taken.rollback()
    assert ended.exit == 0, ended.stderr
    assert f"1 of public.people ({QUOTED})" in ended.stdout
    _others_are_back(taken)
    told = "select detail -> 'held_up' from haulback.entry where step = 'migrate' and event = 'undone'"
    assert taken.value(told) == [{"identity": "public.people", "reason": REASON, "rows": 1}]
    left = "select c.identity, l.reason from haulback_attic.left_behind l join haulback.capture c on c.id = l.capture"
    assert taken.rows(left) == [("public.people", REASON)]
