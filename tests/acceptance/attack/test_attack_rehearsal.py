"""What a rehearsal must refuse before the target is touched."""

from __future__ import annotations

import pytest
from acceptance_site import Ended, Site

STRICT = "[targets.local.policy]\nloss_blocks = true"
BASE = "create table public.loose (a int, b text); insert into public.loose values (1, 'kept')"


@pytest.fixture
def strict(site: Site) -> Site:
    """A target that refuses losses, with a table whose rows nothing can find again."""
    site.configure(local=STRICT)
    site.execute(BASE)
    return site


def _deploy(site: Site, *arguments: str) -> Ended:
    return site.deploy("--skip", "preflight", "--skip", "verify", *arguments)


@pytest.mark.parametrize(
    "statement", ["do $$ begin drop table public.loose; end $$", "alter table public.loose drop column b"]
)
def test_a_loss_that_no_capture_can_hold_is_refused(strict: Site, statement: str) -> None:
    strict.migration("20260101000000_loss.sql", statement)
    ended = _deploy(strict)
    assert (ended.exit, ended.document["error"]) == (3, "capture-impossible")
    assert "primary key" in ended.document["message"]
    assert strict.value("select b from public.loose") == "kept"
    assert _deploy(strict, "--accept-loss", "20260101000000").exit == 0


@pytest.mark.parametrize(
    "whose",
    ["pg_backend_pid()", "pid) from pg_stat_activity where pid <> pg_backend_pid() and (datname = current_database()"],
)
def test_a_plan_that_ends_our_sessions_is_refused(site: Site, whose: str) -> None:
    site.migration("20260101000000_ends.sql", f"create table public.t (id int); select pg_terminate_backend({whose});")
    ended = _deploy(site)
    assert (ended.exit, ended.document["error"]) == (3, "rehearsal-failed")
    assert not site.exists("public.t")
