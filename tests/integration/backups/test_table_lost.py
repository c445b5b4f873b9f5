"""What the drill of lost rows practises is what `haulback restore table` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faults import TARGET, Keeper, execute, keeper, proving_home  # noqa: F401 - fixtures

from haulback.app import drilling
from haulback.deploy.progress import Silent
from haulback.model.backup import Verdict
from haulback.model.drill import Drill, DrillVerdict

if TYPE_CHECKING:
    from conftest import Database  # which conftest is loaded depends on what runs besides

SHOP = """
create table public.elsewhere (id int primary key);
create table public.customers (id int primary key, boss int references public.customers, name text);
create table public.orders (id bigint generated always as identity primary key,
  customer int not null references public.customers, other int references public.elsewhere, note text);
create table public.visits (at timestamptz, what text);
create function public.shout() returns trigger language plpgsql as $$begin new.note := 'changed'; return new; end$$;
create trigger shout before insert on public.orders for each row execute function public.shout();
insert into public.elsewhere select g from generate_series(1, 9) as g;
insert into public.customers select g, case when g < 20 then g + 1 end, E'n\\t' || g from generate_series(1, 20) as g;
alter table public.orders disable trigger shout;
insert into public.orders (customer, other, note) select 1 + g % 20, 1 + g % 9, 'note' from generate_series(1, 900) as g;
alter table public.orders enable trigger shout;
insert into public.visits select '2026-01-01', 'x' from generate_series(1, 50);
"""


def drill(keeper: Keeper) -> Drill:
    return drilling.drill(keeper.settings, TARGET, "table-lost", Silent())


def test_children_come_before_their_parents_and_keyless_rows_as_a_copy(database: Database, keeper: Keeper) -> None:
    execute(database, SHOP)
    backup = keeper.take(database, "public.orders", "public.customers", "public.visits")
    found = drill(keeper)
    assert (found.verdict, found.problems) == (DrillVerdict.PASS, ())
    assert found.measured.rows == backup.rows == 970
    assert any("public.visits" in one for one in found.measured.facts)
    # The parents' rows were missing at first: the same command went on afterwards.
    titles = [one.title for one in found.measured.steps]
    assert titles.count("bring 900 rows of public.orders back") == 2
    # Making the private cluster is no part of the recovery.
    assert all(one.startswith(("bring ", "copy 50 rows", "compare ")) for one in titles)
    assert found.measured.rto == sum(one.seconds for one in found.measured.steps)


def test_what_restore_table_leaves_out_fails_the_drill(database: Database, keeper: Keeper) -> None:
    """The backup is sound; but the way back is blocked for rows that a constraint, not validated, would refuse."""
    execute(database, SHOP, "alter table public.customers add constraint few check (id < 18) not valid")
    backup = keeper.take(database, "public.customers")
    assert keeper.verify(backup).verdict is Verdict.PROVED
    found = drill(keeper)
    assert found.verdict is DrillVerdict.FAIL
    assert any("rows of public.customers stayed away: " in one and "few" in one for one in found.problems)


def test_policies_that_hold_for_the_owner_too_hinder_no_drill(database: Database, keeper: Keeper) -> None:
    execute(database, SHOP, "alter table public.customers enable row level security, force row level security")
    keeper.take(database, "public.customers", user="supabase_admin")
    assert drill(keeper).verdict is DrillVerdict.PASS
