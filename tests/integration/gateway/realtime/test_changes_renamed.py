"""A subscription is to a name: it goes on with the table that has it by now, and ends where none has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from changes_feed import binding, followed, identity, played, until

if TYPE_CHECKING:
    from conftest import Database

NOTES = """
CREATE TABLE public.notes (id bigint PRIMARY KEY, body text);
ALTER PUBLICATION supabase_realtime ADD TABLE public.notes;
"""


def test_a_table_that_was_made_again_is_followed_from_its_first_change_on(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(NOTES)
            async with followed(any_database) as live:
                member = await live.joined(identity("anon"), binding(filter="body=like.a%"))
                writer.execute("INSERT INTO public.notes VALUES (1, 'a')")
                await until(lambda: member.got)
                writer.execute(f"DROP TABLE public.notes; {NOTES}")
                for number in (2, 3):
                    writer.execute("INSERT INTO public.notes VALUES (%s, 'a')", [number])
                await until(lambda: len(member.got) > 1 and member.records[-1]["id"] == 3)
                assert [record["id"] for record in member.records] == [1, 2, 3]

    played(play())


def test_a_table_of_another_name_is_another_table(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(NOTES)
            async with followed(any_database) as live:
                before = await live.joined(identity("anon"))
                every = await live.joined(identity("anon"), binding(table="*"))
                writer.execute("INSERT INTO public.notes VALUES (1, 'a')")
                writer.execute("ALTER TABLE public.notes RENAME TO others")
                writer.execute("INSERT INTO public.others VALUES (2, 'a')")
                await until(lambda: len(every.got) == 2)
                assert [change["table"] for change in every.changes][1] == "others"
                assert [record["id"] for record in before.records] in ([1], [])  # as it is called when it is told
                assert before.said[-1][0] == "error"

    played(play())
