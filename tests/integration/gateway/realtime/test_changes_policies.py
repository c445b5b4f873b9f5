"""Who is told is who may see: the answers under random policies are those of PostgreSQL itself."""

from __future__ import annotations

import asyncio
import gc
import random
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from changes_feed import ANN, BEN, Followed, Listener, binding, followed, identity, played, until
from psycopg import sql

from haulback.gateway.auth.identity import Identity
from haulback.gateway.realtime.changes import telling
from haulback.gateway.realtime.changes.register import Subscription
from haulback.pg.cluster import SUPERUSER

if TYPE_CHECKING:
    from conftest import Database

TABLE = """
CREATE TABLE public.notes (id bigint PRIMARY KEY, owner uuid, team text, org int, code varchar(8), "Odd ""name" uuid);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE TABLE public.shared (note bigint, reader uuid);
GRANT SELECT ON public.shared TO authenticated;
CREATE TABLE public.marks (id bigint PRIMARY KEY);
ALTER PUBLICATION supabase_realtime ADD TABLE public.notes, public.marks;
"""
# The first ones have a form that is recognised; the others are asked for.
USING = (
    "owner = auth.uid()",
    "(SELECT auth.uid()) = owner",
    "owner::text = auth.jwt() ->> 'sub'",
    '"Odd ""name" = (SELECT auth.uid())',
    "team = (auth.jwt() -> 'app_metadata' ->> 'team')",
    "org = ((SELECT auth.jwt()) ->> 'org')::int",
    "code = auth.role()",
    "team = 'red'",
    "true",
    "false",
    "owner = auth.uid() AND org > 1",
    "owner IN (SELECT auth.uid())",
    "owner IS NOT DISTINCT FROM auth.uid()",
    "org > (auth.jwt() ->> 'org')::int",
    "EXISTS (SELECT 1 FROM public.shared s WHERE s.note = notes.id AND s.reader = auth.uid())",
    "auth.uid() IS NOT NULL",
    "team = ANY (ARRAY['red', auth.jwt() ->> 'sub'])",
    "1 / (org - 1) > 0",
)


def people(chance: random.Random) -> list[Identity]:
    made = [identity("anon"), identity("service_role"), identity()]
    for _ in range(9):
        claims: dict[str, Any] = {"jti": chance.random()}
        if chance.random() < 0.8:
            claims["sub"] = chance.choice([ANN, BEN, "nobody's uuid"])
        if chance.random() < 0.6:
            claims["org"] = chance.choice([1, 2, "2", "x", None])
        if chance.random() < 0.5:
            claims["app_metadata"] = {"team": chance.choice(["red", "blue", None])}
        made.append(identity(**claims))
    return made


def policies(chance: random.Random) -> list[sql.Composed]:
    return [
        sql.SQL("CREATE POLICY {} ON public.notes AS {} FOR {} TO {} USING ({})").format(
            sql.Identifier(f"p{number}"),
            sql.SQL("RESTRICTIVE" if chance.random() < 0.25 else "PERMISSIVE"),
            sql.SQL(chance.choice(["SELECT", "SELECT", "ALL", "UPDATE"])),
            sql.SQL(chance.choice(["authenticated", "authenticated", "PUBLIC", "anon"])),
            sql.SQL(chance.choice(USING)),
        )
        for number in range(chance.randrange(4))
    ]


def row(chance: random.Random, number: int) -> list[Any]:
    return [
        number,
        chance.choice([ANN, BEN, None]),
        chance.choice(["red", "blue", "", None]),
        chance.choice([1, 2, None]),
        chance.choice(["red", "anon", None]),
        chance.choice([ANN, BEN, None]),
    ]


def sees(asker: psycopg.Connection, who: Identity, number: int) -> bool:
    """What PostgreSQL says when it is asked as REST would ask it."""
    try:
        with asker.transaction(force_rollback=True):
            asker.execute(
                "SELECT set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
                [who.role, who.text.decode()],
            )
            found = asker.execute("SELECT 1 FROM public.notes WHERE id = %s", [number]).fetchone()
    except psycopg.Error:
        return False
    return found is not None


@pytest.mark.parametrize("seed", range(3))
def test_under_any_policies_those_are_told_who_see_the_row(any_database: Database, seed: int) -> None:
    chance = random.Random(seed)
    everyone = people(chance)
    recognised_rounds = 0

    async def play() -> None:
        nonlocal recognised_rounds
        with any_database.connect(autocommit=True) as writer, any_database.connect("authenticator") as asker:
            writer.execute(TABLE)
            async with followed(any_database) as live:
                members = [await live.joined(who) for who in everyone]
                marks = await live.joined(identity(), binding(table="marks"))  # told when all before is
                number = 0
                for _ in range(25):
                    for name in [
                        found[0]
                        for found in writer.execute(
                            "SELECT polname FROM pg_policy WHERE polrelid = 'public.notes'::regclass"
                        )
                    ]:
                        writer.execute(sql.SQL("DROP POLICY {} ON public.notes").format(sql.Identifier(name)))
                    for policy in policies(chance):
                        writer.execute(policy)
                    begin = number
                    for _ in range(4):
                        number += 1
                        writer.execute("INSERT INTO public.shared VALUES (%s, %s)", [number, chance.choice([ANN, BEN])])
                        writer.execute("INSERT INTO public.notes VALUES (%s, %s, %s, %s, %s, %s)", row(chance, number))
                    writer.execute("INSERT INTO public.marks VALUES (%s)", [number])
                    await until(lambda: marks.records and marks.records[-1]["id"] == number)  # noqa: B023 - asked at once
                    for member in members:
                        told = [record["id"] for record in member.records if record["id"] > begin]
                        wanted = [one for one in range(begin + 1, number + 1) if sees(asker, member.identity, one)]
                        assert told == wanted, member.identity
                        recognised_rounds += bool(told)

    played(play())
    assert recognised_rounds > 20  # somebody was told something in many rounds


RAISING = """
CREATE FUNCTION public.busy(n int) RETURNS bool LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF n = 0 THEN
        RAISE lock_not_available;
    END IF;
    RETURN true;
END $$;
CREATE TABLE public.notes (id bigint PRIMARY KEY, owner uuid);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.notes FOR SELECT USING ({});
ALTER PUBLICATION supabase_realtime ADD TABLE public.notes;
"""


@pytest.mark.parametrize(
    ("using", "claims", "code"),
    [
        ("owner = auth.uid()", {"sub": "no uuid"}, "22P02"),
        (
            "owner = (auth.jwt() ->> 'sub')::uuid AND (auth.jwt() ->> 'n')::int > 0",
            {"sub": ANN, "n": "secret"},
            "22P02",
        ),
        ("1 / (auth.jwt() ->> 'n')::int > 0", {"n": 0}, "22012"),
        ("public.busy((auth.jwt() ->> 'n')::int)", {"n": 0}, "55P03"),  # which no lock is the reason of
    ],
)
def test_a_policy_that_raises_harms_its_own_subscription_and_no_other(
    any_database: Database, using: str, claims: dict[str, Any], code: str
) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(sql.SQL(RAISING).format(sql.SQL(using)))
            async with followed(any_database) as live:
                harmed = await live.joined(identity(**claims))
                well = [await live.joined(identity(user=ANN, n=1, jti=number)) for number in range(3)]
                for number in range(3):
                    writer.execute("INSERT INTO public.notes VALUES (%s, %s)", [number, ANN])
                await until(lambda: all(len(one.got) == 3 for one in well))
                assert harmed.got == []
                # Told once, and without what the policy said: it may hold what nobody is to see.
                assert harmed.said[1:] == [
                    ("error", f"A policy on public.notes raised {code}: the change was not delivered")
                ]
                assert not any("secret" in line for line in live.log)

    played(play())


def test_who_was_warned_and_left_is_not_kept(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "_AGAIN_AFTER", 0.01)

    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(sql.SQL(RAISING).format(sql.SQL("1 / (auth.jwt() ->> 'n')::int > 0")))
            async with followed(any_database) as live:
                well, harmed = await live.joined(identity(n=1)), await live.joined(identity(n=0))
                writer.execute("INSERT INTO public.notes VALUES (1, NULL)")
                await until(lambda: len(harmed.said) == 2)
                live.feed.leave(harmed)
                await asyncio.sleep(0.02)
                writer.execute("INSERT INTO public.notes VALUES (2, NULL)")
                await until(lambda: len(well.got) == 2)
                assert not any(isinstance(one, Subscription) for one in gc.get_referrers(harmed))

    played(play())


def test_children_that_have_the_same_key_do_not_answer_for_a_row(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(TABLE)
            writer.execute("CREATE POLICY own ON public.notes USING (owner = auth.uid() AND org > 0)")
            writer.execute("CREATE TABLE public.old () INHERITS (public.notes)")
            writer.execute("INSERT INTO public.old (id, owner, org) VALUES (1, %s, 1)", [BEN])
            async with followed(any_database) as live:
                ann, ben = await live.joined(identity(user=ANN)), await live.joined(identity(user=BEN))
                writer.execute("INSERT INTO public.notes (id, owner, org) VALUES (1, %s, 1)", [ANN])
                writer.execute("INSERT INTO public.notes (id, owner, org) VALUES (2, %s, 1)", [BEN])
                await until(lambda: ann.got and ben.got)
                assert [record["id"] for record in ann.records] == [1]
                assert [record["id"] for record in ben.records] == [2]

    played(play())


def test_a_policy_that_takes_too_long_ends_its_own_subscription(any_database: Database) -> None:
    slow = "CASE WHEN auth.jwt() ->> 'slow' = 'yes' THEN pg_sleep(60) IS NOT NULL ELSE true END"

    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(sql.SQL(RAISING).format(sql.SQL(slow)))
            async with followed(any_database) as live:
                harmed = await live.joined(identity(slow="yes"))
                well = await live.joined(identity(user=ANN))
                writer.execute("INSERT INTO public.notes VALUES (1, NULL)")
                await until(lambda: len(well.got) == 1)
                assert harmed.said[1:] == [
                    ("error", "A policy on public.notes took too long: the subscription was ended")
                ]
                writer.execute("INSERT INTO public.notes VALUES (2, NULL)")
                await until(lambda: len(well.got) == 2)
                assert harmed.got == []

    played(play())


def test_who_owns_the_table_sees_it_unless_row_security_is_forced(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(TABLE)
            writer.execute("CREATE POLICY own ON public.notes FOR SELECT USING (owner = auth.uid())")
            with any_database.connect(SUPERUSER, autocommit=True) as superuser:
                superuser.execute("ALTER TABLE public.notes OWNER TO authenticated")
            async with followed(any_database) as live:
                owner = await live.joined(identity())
                witness = await live.joined(identity("service_role"))
                writer.execute("INSERT INTO public.notes (id) VALUES (1)")
                await until(lambda: witness.got and owner.got)
                assert owner.records[0]["id"] == 1
                with any_database.connect(SUPERUSER, autocommit=True) as superuser:
                    superuser.execute("ALTER TABLE public.notes FORCE ROW LEVEL SECURITY")
                writer.execute("INSERT INTO public.notes (id) VALUES (2)")
                await until(lambda: len(witness.got) == 2)
                assert len(owner.got) == 1

    played(play())


@pytest.mark.parametrize("row_security", ["ENABLE", "DISABLE"])
def test_a_role_that_cannot_be_taken_is_told_nothing(any_database: Database, row_security: str) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(TABLE)
            writer.execute("CREATE POLICY own ON public.notes FOR SELECT USING (true)")
            writer.execute("GRANT SELECT ON public.notes TO dashboard_user")
            writer.execute(f"ALTER TABLE public.notes {row_security} ROW LEVEL SECURITY")  # type: ignore[arg-type]
            async with followed(any_database) as live:
                outsider = await live.joined(identity("dashboard_user"))
                owner = await live.joined(identity("postgres"))
                above = await live.joined(identity("supabase_admin"))
                unknown = Listener(identity("no such role"), (binding(),))
                live.feed.join(unknown)
                witness = await live.joined(identity("anon"))
                writer.execute("INSERT INTO public.notes (id) VALUES (1)")
                await until(lambda: witness.got)
                for nobody in (outsider, owner, above, unknown):
                    assert [change["errors"] for change in nobody.changes] == [["Error 401: Unauthorized"]]
                    assert nobody.records == [{}]

    played(play())


@pytest.mark.parametrize("key", ["bigint", "uuid", "text", "varchar(40)", "int, part date"])
def test_a_row_is_asked_for_by_its_key_and_no_other_is_looked_at(any_database: Database, key: str) -> None:
    """Row security forbids the index to conditions that could leak what they are given."""
    values = {
        "bigint": "i",
        "uuid": "gen_random_uuid()",
        "text": "i::text",
        "varchar(40)": "i::text",
        "int, part date": "i, now()",
    }

    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            names = "id, part" if "," in key else "id"
            writer.execute(f"CREATE TABLE public.notes (id {key}, PRIMARY KEY ({names}))")  # type: ignore[arg-type]
            writer.execute(
                "CREATE FUNCTION public.allowed(note public.notes) RETURNS bool LANGUAGE sql STABLE AS"
                " $$ SELECT auth.uid() IS NOT NULL $$;"
                "ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;"
                "CREATE POLICY p ON public.notes USING (public.allowed(notes));"
                "ALTER PUBLICATION supabase_realtime ADD TABLE public.notes"
            )
            writer.execute(f"INSERT INTO public.notes SELECT {values[key]} FROM generate_series(-3000, 0) i")  # type: ignore[arg-type]
            async with followed(any_database) as live:
                member = await live.joined(identity(user=ANN))
                writer.execute(f"INSERT INTO public.notes SELECT {values[key]} FROM generate_series(1, 20) i")  # type: ignore[arg-type]
                await until(lambda: len(member.got) == 20)
                scans = "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'notes' AND idx_scan >= 20"

                def read() -> list[tuple[int]]:
                    writer.execute("SELECT pg_stat_clear_snapshot()")
                    return writer.execute(scans).fetchall()

                await until(read)
                assert read() == [(0,)]

    played(play())


def test_a_policy_that_says_nothing_of_what_is_read_lets_nothing_pass(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(TABLE)
            writer.execute("CREATE POLICY writes ON public.notes TO authenticated WITH CHECK (true)")
            writer.execute("CREATE POLICY own ON public.notes FOR SELECT TO authenticated USING (owner = auth.uid())")
            async with followed(any_database) as live:
                ann, nobody = await live.joined(identity(user=ANN)), await live.joined(identity())
                witness = await live.joined(identity("service_role"))
                writer.execute("INSERT INTO public.notes (id, owner) VALUES (1, %s)", [ANN])
                await until(lambda: witness.got and ann.got)
                assert nobody.got == []
                assert live.log == []

    played(play())


SHARED = """
CREATE TABLE public.members (who uuid, team text);
GRANT SELECT ON public.members TO authenticated;
CREATE POLICY members ON public.notes FOR SELECT USING (
    EXISTS (SELECT 1 FROM public.members m WHERE m.team = notes.team AND m.who = auth.uid()));
"""
ANOTHER = "00000000-0000-4000-8000-{:012d}"


async def told_of_shared(live: Followed, writer: psycopg.Connection, count: int, numbers: range) -> None:
    """Inserts rows that every other of some members may see, of whom there are so many that one statement is for all."""
    members = [await live.joined(identity(user=ANOTHER.format(number))) for number in range(count)]
    for number in numbers:
        writer.execute("INSERT INTO public.notes (id, team) VALUES (%s, 'red')", [number])
        await until(lambda: all(len(one.got) == number - numbers[0] + 1 for one in members[::2]))  # noqa: B023 - at once
    assert [len(one.got) for one in members] == [len(numbers), 0] * (count // 2)
    assert live.log == []


def test_one_statement_for_all_is_run_again_where_its_connection_is_gone(any_database: Database) -> None:
    ended = (
        "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name IN ('haulback serve: row security, sifted', 'haulback serve: row security, beside')"
    )

    async def play() -> None:
        with any_database.connect(autocommit=True) as writer, any_database.connect(SUPERUSER, autocommit=True) as root:
            writer.execute(TABLE)
            writer.execute(SHARED)
            writer.execute(
                "INSERT INTO public.members SELECT format('00000000-0000-4000-8000-%s', lpad(i::text, 12, '0'))::uuid,"
                " 'red' FROM generate_series(0, 300, 2) i"
            )
            async with followed(any_database) as live:
                await told_of_shared(live, writer, 300, range(1, 3))
                assert root.execute(ended).fetchone() == (2,)
                await told_of_shared(live, writer, 300, range(3, 5))

    played(play())


def test_where_one_statement_for_all_cannot_be_run_everybody_is_asked(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer, any_database.connect(SUPERUSER, autocommit=True) as root:
            writer.execute(TABLE)
            writer.execute(SHARED)
            writer.execute("INSERT INTO public.members VALUES (%s, 'red')", [ANOTHER.format(0)])
            writer.execute("INSERT INTO public.members SELECT m.who, 'blue' FROM public.members m")
            for number in range(2, 40, 2):
                writer.execute("INSERT INTO public.members VALUES (%s, 'red')", [ANOTHER.format(number)])
            # The login that follows the log may not read what the policies of others read.
            root.execute(
                "ALTER TABLE public.members OWNER TO supabase_admin; REVOKE ALL ON public.members FROM postgres"
            )
            async with followed(any_database) as live:
                await told_of_shared(live, writer, 40, range(1, 4))

    played(play())


def test_who_alters_a_table_is_waited_for(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    # Reading the policies anew would wait for the lock as well, and for as long.
    monkeypatch.setattr("haulback.gateway.realtime.changes.session._LOOK_EVERY", 3600.0)
    using = "EXISTS (SELECT 1 FROM public.shared s WHERE s.reader = auth.uid())"

    async def play() -> None:
        with any_database.connect(autocommit=True) as writer, any_database.connect() as altering:
            writer.execute("CREATE TABLE public.shared (reader uuid)")
            writer.execute("GRANT SELECT ON public.shared TO authenticated")
            writer.execute("INSERT INTO public.shared VALUES (%s)", [ANN])
            writer.execute(sql.SQL(RAISING).format(sql.SQL(using)))
            async with followed(any_database) as live:
                ann = await live.joined(identity(user=ANN))
                writer.execute("INSERT INTO public.notes VALUES (0, NULL)")
                await until(lambda: ann.got)
                altering.execute("LOCK TABLE public.shared IN ACCESS EXCLUSIVE MODE")
                writer.execute("INSERT INTO public.notes VALUES (1, NULL)")
                waiting = "SELECT 1 FROM pg_locks WHERE relation = 'public.shared'::regclass AND NOT granted"
                for _ in range(2):  # the time of one question is over, and it is asked again
                    await until(lambda: writer.execute(waiting).fetchone() is not None)
                    await until(lambda: writer.execute(waiting).fetchone() is None)
                altering.rollback()
                await until(lambda: len(ann.got) == 2)
                assert len(ann.said) == 1

    played(play())
