"""Users, tables and verbs, each with each: nobody is told of a row that row security hides from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from changes_feed import ANN, BEN, binding, followed, identity, played, until

if TYPE_CHECKING:
    from conftest import Database

pytestmark = pytest.mark.once

WHO = {
    "ann": identity(user=ANN, team="red"),
    "ben": identity(user=BEN, team="blue"),
    "nobody": identity(),
    "anon": identity("anon"),
    "service": identity("service_role"),
}
# A policy, and who sees which row by it: row 1 is Ann's and red, row 2 is Ben's and blue.
TABLES: dict[str, tuple[str | None, dict[str, set[int]]]] = {
    "open": (None, {"ann": {1, 2}, "ben": {1, 2}, "nobody": {1, 2}, "anon": {1, 2}}),
    "own": ("TO authenticated USING (owner = (SELECT auth.uid()))", {"ann": {1}, "ben": {2}}),
    "team": ("USING (team = (auth.jwt() ->> 'team'))", {"ann": {1}, "ben": {2}}),
    "either": (
        "TO authenticated USING (owner = auth.uid() OR team = 'blue')",
        {"ann": {1, 2}, "ben": {2}, "nobody": {2}},
    ),
    "friends": (
        "TO authenticated USING (EXISTS (SELECT 1 FROM public.knows f WHERE f.who = auth.uid() AND f.of = owner))",
        {"ann": {2}},
    ),
    "closed": ("TO authenticated USING (false)", {}),
    "bare": ("", {}),
}


def test_nobody_is_told_what_row_security_hides(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(
                "CREATE TABLE public.knows (who uuid, of uuid); GRANT SELECT ON public.knows TO authenticated"
            )
            writer.execute("INSERT INTO public.knows VALUES (%s, %s)", [ANN, BEN])
            for table, (policy, _) in TABLES.items():
                writer.execute(
                    f"CREATE TABLE public.{table} (id int PRIMARY KEY, owner uuid, team text, body text);"  # type: ignore[arg-type]
                    f"ALTER PUBLICATION supabase_realtime ADD TABLE public.{table}"
                )
                if policy is not None:
                    writer.execute(f"ALTER TABLE public.{table} ENABLE ROW LEVEL SECURITY")  # type: ignore[arg-type]
                if policy:
                    writer.execute(f"CREATE POLICY p ON public.{table} {policy}")  # type: ignore[arg-type]
            writer.execute("CREATE TABLE public.marks (id int PRIMARY KEY)")
            writer.execute("ALTER PUBLICATION supabase_realtime ADD TABLE public.marks")
            async with followed(any_database) as live:
                members = {
                    name: await live.joined(who, *(binding(n, table=table) for n, table in enumerate(TABLES)))
                    for name, who in WHO.items()
                }
                marks = await live.joined(WHO["anon"], binding(table="marks"))
                for step, statement in enumerate(
                    (
                        f"INSERT INTO public.{{}} VALUES (1, '{ANN}', 'red', 'secret'), (2, '{BEN}', 'blue', 'secret')",
                        "UPDATE public.{} SET body = 'secret too'",
                        "DELETE FROM public.{}",
                    )
                ):
                    for table in TABLES:
                        writer.execute(statement.format(table))  # type: ignore[arg-type]
                    writer.execute("INSERT INTO public.marks VALUES (%s)", [step])
                    await until(lambda: len(marks.got) == step + 1)  # noqa: B023 - looked at here
                for name, member in members.items():
                    for table, (_, sees) in TABLES.items():
                        told = [change for change in member.changes if change["table"] == table]
                        wanted = {1, 2} if name == "service" else sees.get(name, set())
                        for kind in ("INSERT", "UPDATE"):
                            seen = [change["record"]["id"] for change in told if change["type"] == kind]
                            assert (name, table, kind, seen) == (name, table, kind, sorted(wanted))
                        # Of rows that are gone everybody hears, but under row security the key alone.
                        gone = [change["old_record"] for change in told if change["type"] == "DELETE"]
                        assert (name, table, gone) == (name, table, [{"id": 1}, {"id": 2}])
                assert live.log == []

    played(play())
