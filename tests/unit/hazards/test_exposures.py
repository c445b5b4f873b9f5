"""How bad it is that somebody may read or do more: it depends on all files together, and on the target."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from haulback.hazards.levels import Levels
from haulback.hazards.linting import lint
from haulback.hazards.scanning import Text
from haulback.model.hazard import Known, Level
from haulback.model.schema import ObjectKey, Schema, SchemaObject

SERVED = "grant select on public.pages to anon;"  # tells that there is an API


def found(*files, known=None, id_):
    texts = [Text(Path(f"{number}.sql"), text) for number, text in enumerate(files, 1)]
    return [one for one in lint(texts, known or Known(), Levels(), squawk=False).hazards if one.id == id_]


def levels(*files, known=None, id_):
    return [one.level for one in found(*files, known=known, id_=id_)]


def target(*objects):
    """A schema of (kind, identity, facets, parent)."""
    made = {}
    for kind, identity, facets, *parent in objects:
        key = ObjectKey(kind, identity)
        above = ObjectKey("table", parent[0]) if parent else None
        made[key] = SchemaObject(key, json.dumps(facets), (), (), frozenset(), above)
    return Known(schema=Schema(made, major=17))


TABLE = "create table public.orders (id bigint primary key, user_id uuid);"


class TestTableWithoutRowSecurity:
    ID = "table-without-row-security"

    def test_it_blocks_where_an_api_is_told_of(self):
        assert levels(SERVED, TABLE, id_=self.ID) == [Level.BLOCK]

    def test_it_is_a_note_where_nothing_tells_of_an_api(self):
        assert levels(TABLE, id_=self.ID) == [Level.NOTE]

    def test_the_roles_of_the_target_tell_of_an_api(self):
        assert levels(TABLE, known=target(("role", "anon", {})), id_=self.ID) == [Level.BLOCK]

    def test_a_later_file_switches_it_on(self):
        assert levels(SERVED, TABLE, "alter table orders enable row level security;", id_=self.ID) == []

    def test_a_loop_may_switch_it_on(self):
        loop = (
            "do $$ declare t text; begin for t in select tablename from pg_tables loop "
            "execute format('alter table %I enable row level security', t); end loop; end $$;"
        )
        assert levels(SERVED, TABLE, loop, id_=self.ID) == [Level.NOTE]

    def test_an_event_trigger_of_the_target_switches_it_on(self):
        definition = "CREATE FUNCTION ensure() ... ALTER TABLE x ENABLE ROW LEVEL SECURITY"
        known = target(
            ("role", "anon", {}),
            ("event_trigger", "ensure_rls", {"function": "ensure"}),
            ("function", "ensure()", {"definition": definition}),
        )
        assert levels(TABLE, known=known, id_=self.ID) == [Level.NOTE]

    def test_a_table_that_the_target_has_is_not_made(self):
        known = target(("role", "anon", {}), ("table", "public.orders", {"row_security": False}))
        again = "create table if not exists public.orders (id bigint);"
        assert levels(again, known=known, id_=self.ID) == []

    def test_another_schema_may_be_served(self):
        made = "create table shop.orders (id bigint primary key);"
        assert levels(SERVED, made, known=Known(exposed=("shop",)), id_=self.ID) == [Level.BLOCK]
        assert levels(SERVED, TABLE, known=Known(exposed=("shop",)), id_=self.ID) == []

    def test_nobody_knows_where_a_table_goes_behind_a_search_path(self):
        assert levels(SERVED, "set search_path = shop; create table orders (id bigint);", id_=self.ID) == []


class TestPolicyAlwaysTrue:
    ID = "policy-always-true"

    @pytest.mark.parametrize(
        ("policy", "level"),
        [
            ("for all using (true)", Level.BLOCK),
            ("for delete to anon using (true)", Level.BLOCK),
            ("for update to public using (true) with check (true)", Level.BLOCK),
            ("for update to anon using (true)", Level.BLOCK),
            ("for all to authenticated using (true)", Level.WARN),
            ("for insert to anon with check (true)", Level.WARN),
            ("for select using (true)", Level.WARN),
            ("for select to authenticated using (true)", Level.NOTE),
            ("for update to anon using (true) with check (user_id is null)", None),
            ("for insert", None),  # without a condition it lets nobody in
            ("for all", None),
            ("as restrictive for all using (true)", None),
            ("for all to service_role using (true)", None),
        ],
    )
    def test_who_may_do_what_decides(self, policy, level):
        expected = [level] if level else []
        assert levels(SERVED, f"create policy p on public.orders {policy};", id_=self.ID) == expected

    def test_a_restrictive_policy_narrows_it(self):
        narrow = "create policy n on public.orders as restrictive for all using ((select auth.uid()) = user_id);"
        wide = "create policy p on public.orders for all using (true);"
        assert levels(SERVED, wide, narrow, id_=self.ID) == [Level.WARN]

    def test_without_an_api_nobody_is_a_stranger(self):
        assert levels("create policy p on public.orders using (true);", id_=self.ID) == [Level.WARN]

    def test_only_the_last_word_counts(self):
        first = "create policy p on public.orders for all using (true);"
        then = "alter policy p on public.orders using ((select auth.uid()) = user_id);"
        assert levels(first, then, id_=self.ID) == []
        assert levels(first, "drop table public.orders;", id_=self.ID) == []
        assert levels(first, "alter policy p on public.orders to service_role;", id_=self.ID) == []


def test_row_security_on_a_table_that_is_read_is_worse_than_on_a_new_one():
    switch = "alter table public.orders enable row level security;"
    assert levels(switch, id_="row-security-without-policy") == [Level.WARN]
    assert levels(TABLE, switch, id_="row-security-without-policy") == [Level.NOTE]


def test_a_policy_of_the_target_is_a_policy():
    known = target(
        ("table", "public.orders", {"row_security": False}),
        ("policy", "public.orders.own", {"command": "r"}, "public.orders"),
    )
    switch = "alter table public.orders enable row level security;"
    assert levels(switch, known=known, id_="row-security-without-policy") == []


def test_an_index_of_the_target_serves_a_foreign_key():
    definition = "CREATE INDEX orders_customer ON public.orders USING btree (customer_id, id)"
    table = ("table", "public.orders", {"row_security": True})
    key = "alter table public.orders add constraint f foreign key (customer_id) references public.customers (id);"
    assert len(found(key, known=target(table), id_="foreign-key-without-index")) == 1
    index = ("index", "public.orders_customer", {"definition": definition}, "public.orders")
    assert found(key, known=target(table, index), id_="foreign-key-without-index") == []
    unique = ("constraint", "public.orders.u", {"definition": "UNIQUE (customer_id)"}, "public.orders")
    assert found(key, known=target(table, unique), id_="foreign-key-without-index") == []


def test_calls_are_wrapped_wherever_the_policy_stands_in_its_file():
    policy = "create policy p on public.orders for select using (auth.uid() = user_id or note = 'é (' || auth.role())"
    behind = f"-- é\nselect 1;\n\n{policy};"
    (one,) = found(behind, id_="policy-per-row-function")
    assert one.rewrite.endswith("((select auth.uid()) = user_id or note = 'é (' || (select auth.role()));")
    assert one.line == behind.splitlines().index(policy + ";") + 1


def test_a_view_made_anew_loses_the_rights_of_whoever_asks():
    view = "create or replace view public.totals {} as select user_id from public.orders;"
    first, then = view.format("with (security_invoker = on)"), view.format("")
    assert found(first, then, id_="view-without-security-invoker")
    assert found(then, first, id_="view-without-security-invoker") == []
    assert found(then, known=Known(major=14), id_="view-without-security-invoker") == []


def test_a_secret_is_never_told():
    secret = "correct-horse-battery"
    texts = [
        f"create role reporting login password '{secret}';",
        f"select dblink_connect('postgresql://app:{secret}@legacy.internal/app');",
        f"select vault.create_secret('{secret}', 'api');",
    ]
    for one in texts:
        (hazard,) = found(one, id_="secret-in-file")
        assert secret not in repr(hazard)


def test_row_security_alone_tells_of_no_api():
    policy = "create policy tenant on public.orders using (tenant = current_setting('app.tenant', true));"
    switch = "alter table public.orders enable row level security;"
    made = "create table public.countries (code text primary key);"
    assert levels(TABLE, switch, policy, made, id_="table-without-row-security") == [Level.NOTE]
    asking = "create policy own on public.orders using ((select auth.uid()) = user_id);"
    assert levels(TABLE, switch, asking, made, id_="table-without-row-security") == [Level.BLOCK]


def test_a_cast_is_shown_where_it_stands():
    policy = "create policy p on public.orders to authenticated\n    using (org_id = (auth.jwt() ->> 'org')::uuid);"
    (one,) = found(f"select 'é';\n\n{policy}", id_="claim-cast-can-raise")
    assert (one.line, one.column) == (4, policy.splitlines()[1].index("::uuid") + 1)
