"""Nobody learns what is in a hidden row by how a filter of theirs fares on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from changes_feed import ANN, BEN, binding, followed, identity, played, until

if TYPE_CHECKING:
    from conftest import Database

NOTES = """
CREATE TABLE public.notes (id bigint PRIMARY KEY, owner uuid, body text);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
ALTER PUBLICATION supabase_realtime ADD TABLE public.notes;
"""
# The second form is not told from the claims alone, so that everybody is asked for.
POLICIES = {
    "by claims": "owner = (SELECT auth.uid())",
    "by asking": "owner = auth.uid() AND body IS NOT NULL",
}
# A pattern raises at its end, and an expression runs on, only where what comes before it is what the row begins with.
ORACLES = {"raises": "body=like.secret of ben\\", "never ends": r"body=match.^secret of ben(a*)(a*)(a*)(a*)c\1b$"}
TAIL = f"{'a' * 3000}c{'a' * 3001}b"


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("oracle", ORACLES)
def test_a_filter_is_not_asked_of_a_row_that_is_hidden(any_database: Database, policy: str, oracle: str) -> None:
    body = f"secret of ben{TAIL}"

    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(NOTES)
            writer.execute(f"CREATE POLICY own ON public.notes FOR SELECT TO authenticated USING ({POLICIES[policy]})")  # type: ignore[arg-type]
            async with followed(any_database) as live:
                ann = await live.joined(identity(user=ANN), binding(filter=ORACLES[oracle]))
                ben = await live.joined(identity(user=BEN), binding(filter="body=like.secret%"))
                writer.execute("INSERT INTO public.notes VALUES (1, %s, %s)", [BEN, body])
                await until(lambda: ben.got)
                assert (ann.got, len(ann.said)) == ([], 1)
                writer.execute("INSERT INTO public.notes VALUES (2, %s, %s)", [ANN, body])
                await until(lambda: len(ann.said) == 2)
                assert ann.said[1][1].startswith("The filter on body cannot be evaluated")
                assert ann.got == []

    played(play())
