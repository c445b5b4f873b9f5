"""What decides who is told is what holds when it is asked: what is altered beside a change, and what the log does not tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from changes_feed import ANN, BEN, Followed, Listener, binding, followed, identity, played, until

from haulback.gateway.realtime.changes import asking, narrowing
from haulback.gateway.realtime.changes.asking import Asking
from haulback.gateway.realtime.changes.tables import Catalog
from haulback.pg.cluster import SUPERUSER

if TYPE_CHECKING:
    from conftest import Database

TABLE = """
CREATE TYPE public.state AS ENUM ('open', 'done');
CREATE TABLE public.notes (
    id bigint PRIMARY KEY, owner uuid, team text, org int, state public.state DEFAULT 'open', secret text DEFAULT 'x');
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE TABLE public.marks (id bigint PRIMARY KEY);
ALTER PUBLICATION supabase_realtime ADD TABLE public.notes, public.marks;
"""
UID = """
CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT (current_setting('request.jwt.claims', true)::jsonb ->> 'person')::uuid $$
"""


async def settled(live: Followed, writer: psycopg.Connection, mark: int) -> None:
    """Waits until all that was committed before was told."""
    marks = await live.joined(identity(), binding(table="marks"))
    writer.execute("INSERT INTO public.marks VALUES (%s)", [mark])
    await until(lambda: marks.records)


def ids(member: Listener) -> list[int]:
    return [record["id"] for record in member.records]


def test_a_function_of_the_claims_counts_as_it_is_now(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer, any_database.connect(SUPERUSER, autocommit=True) as root:
            writer.execute(TABLE)
            writer.execute("CREATE POLICY own ON public.notes FOR SELECT USING (owner = auth.uid())")
            async with followed(any_database) as live:
                ann = await live.joined(identity(sub=ANN, person=ANN))
                other = await live.joined(identity(sub=ANN, person=BEN))
                third = await live.joined(identity(sub=BEN, person=ANN))
                writer.execute("INSERT INTO public.notes (id, owner) VALUES (1, %s)", [ANN])
                await settled(live, writer, 1)
                assert [ids(one) for one in (ann, other, third)] == [[1], [1], []]
                root.execute(UID)
                writer.execute("INSERT INTO public.notes (id, owner) VALUES (2, %s)", [ANN])
                await settled(live, writer, 2)
                assert [ids(one) for one in (ann, other, third)] == [[1, 2], [1], [2]]

    played(play())


@dataclass
class Altered:
    """Alters something at the instant before answers are asked for, once."""

    statement: str
    writer: psycopg.Connection
    done: bool = False

    def put_into(self, patch: pytest.MonkeyPatch) -> None:
        sees = Asking.sees

        async def altered(one: Asking, *asked: Any) -> list[list[str]]:
            if not self.done:
                self.done = True
                self.writer.execute(self.statement)  # type: ignore[arg-type]
            return await sees(one, *asked)

        patch.setattr(Asking, "sees", altered)


OLD = {
    "shared": "org = (auth.jwt() ->> 'org')::int",
    "open": "team = 'red' OR owner = auth.uid()",
    "kept": "owner = auth.uid()",
}
NEW = {
    "shared": "owner = auth.uid()",
    "open": "auth.uid() IS NULL OR owner = auth.uid()",
    "kept": "org = (auth.jwt() ->> 'org')::int AND (auth.jwt() ->> 'sub') LIKE '%a1'",
}


@pytest.mark.parametrize("how", OLD)
def test_a_policy_that_is_altered_before_the_answer(
    any_database: Database, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Whoever shares an answer under the old policy does not under the new one."""
    monkeypatch.setattr(narrowing, "_FEW", 0)

    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(TABLE)
            writer.execute(f"CREATE POLICY own ON public.notes FOR SELECT USING ({OLD[how]})")  # type: ignore[arg-type]
            async with followed(any_database) as live:
                ann = await live.joined(identity(sub=ANN, org=1))
                ben = await live.joined(identity(sub=BEN, org=1))
                altered = Altered(f"ALTER POLICY own ON public.notes USING ({NEW[how]})", writer)
                altered.put_into(monkeypatch)
                values = [BEN if how == "kept" else ANN]
                writer.execute("INSERT INTO public.notes (id, owner, org, team) VALUES (2, %s, 1, 'red')", values)
                await settled(live, writer, 2)
                assert altered.done
                assert [ids(one) for one in (ann, ben)] == [[2], []]

    played(play())


READER, STAFF = "haulback_test_reader", "haulback_test_staff"
ROLES = f"""
CREATE ROLE {READER}; CREATE ROLE {STAFF};
GRANT {READER} TO authenticator;
GRANT SELECT ON public.notes TO {READER};
GRANT USAGE ON SCHEMA public, auth TO {READER};
CREATE POLICY own ON public.notes FOR SELECT TO {READER} USING (org = (auth.jwt() ->> 'org')::int);
CREATE POLICY strict ON public.notes AS RESTRICTIVE FOR SELECT TO {STAFF} USING (owner = auth.uid());
"""


def test_a_role_that_is_made_a_member_before_the_answer(
    any_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log does not tell of it, and a policy of the other role holds for it from then on."""

    async def play(writer: psycopg.Connection) -> None:
        async with followed(any_database) as live:
            ann = await live.joined(identity(READER, ANN, org=1))
            ben = await live.joined(identity(READER, BEN, org=1))
            altered = Altered(f"GRANT {STAFF} TO {READER}", writer)
            altered.put_into(monkeypatch)
            writer.execute("INSERT INTO public.notes (id, owner, org) VALUES (1, %s, 1)", [ANN])
            await settled(live, writer, 1)
            assert altered.done
            assert [ids(one) for one in (ann, ben)] == [[1], []]

    with any_database.connect(autocommit=True) as owner, any_database.connect(SUPERUSER, autocommit=True) as root:
        owner.execute(TABLE)
        root.execute(ROLES)  # type: ignore[arg-type]
        try:
            played(play(root))
        finally:
            root.execute(f"DROP OWNED BY {READER}, {STAFF}; DROP ROLE {READER}, {STAFF}")  # type: ignore[arg-type]


def test_row_security_that_comes_after_a_row_in_its_transaction(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(TABLE)
            writer.execute("CREATE POLICY own ON public.notes FOR SELECT USING (owner = auth.uid())")
            writer.execute("ALTER TABLE public.notes DISABLE ROW LEVEL SECURITY")
            async with followed(any_database) as live:
                ann, ben = await live.joined(identity(sub=ANN)), await live.joined(identity(sub=BEN))
                writer.execute("INSERT INTO public.notes (id) VALUES (1)")
                await settled(live, writer, 1)
                with writer.transaction():
                    writer.execute("INSERT INTO public.notes (id, owner) VALUES (2, %s)", [ANN])
                    writer.execute("ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY")
                await settled(live, writer, 2)
                assert [ids(one) for one in (ann, ben)] == [[1, 2], [1]]

    played(play())


@pytest.mark.parametrize("row_security", ["ENABLE", "DISABLE"])
def test_a_privilege_that_goes_after_a_row_in_its_transaction(any_database: Database, row_security: str) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(TABLE)
            writer.execute("CREATE POLICY own ON public.notes FOR SELECT USING (owner = auth.uid())")
            writer.execute(f"ALTER TABLE public.notes {row_security} ROW LEVEL SECURITY")  # type: ignore[arg-type]
            writer.execute("REVOKE SELECT ON public.notes FROM authenticated")
            writer.execute("GRANT SELECT (id, owner, secret) ON public.notes TO authenticated")
            async with followed(any_database) as live:
                ann = await live.joined(identity(sub=ANN))
                writer.execute("INSERT INTO public.notes (id, owner) VALUES (1, %s)", [ANN])
                await settled(live, writer, 1)
                with writer.transaction():
                    writer.execute("INSERT INTO public.notes (id, owner) VALUES (2, %s)", [ANN])
                    writer.execute("REVOKE SELECT (secret) ON public.notes FROM authenticated")
                await settled(live, writer, 2)
                assert [sorted(record) for record in ann.records] == [["id", "owner", "secret"], ["id", "owner"]]

    played(play())


KEEPING = f"""
CREATE TABLE public.members (who uuid, team text);
INSERT INTO public.members VALUES ('{ANN}', 'red'), ('{BEN}', 'blue');
CREATE FUNCTION public.kept_team() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF coalesce(current_setting('app.team', true), '') = '' THEN
        PERFORM set_config('app.team', (SELECT m.team FROM public.members m WHERE m.who = auth.uid()), true);
    END IF;
    RETURN current_setting('app.team', true);
END $$;
CREATE TABLE public.teams (team text);
INSERT INTO public.teams VALUES ('red'), ('blue');
ALTER TABLE public.teams ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON public.teams TO authenticated;
CREATE POLICY own ON public.teams FOR SELECT USING (team = public.kept_team());
"""


@pytest.mark.parametrize(
    "using",
    [
        "team = public.kept_team()",
        "team IN (SELECT t.team FROM public.teams t)",
        "EXISTS (SELECT 1 FROM public.teams t WHERE t.team = notes.team)",
        "team = auth.email()",  # which is another function here
        "org = coalesce(nullif(current_setting('app.it', true), ''), set_config('app.it', auth.jwt() ->> 'org', true))::int",
    ],
)
def test_what_a_policy_keeps_for_one_is_not_met_by_another(any_database: Database, using: str) -> None:
    """A function that keeps in a setting what it found does so for the transaction of a request."""
    email = (
        "CREATE OR REPLACE FUNCTION auth.email() RETURNS text LANGUAGE sql STABLE AS $$ SELECT public.kept_team() $$"
    )

    async def play() -> None:
        with any_database.connect(autocommit=True) as writer, any_database.connect(SUPERUSER, autocommit=True) as root:
            writer.execute(TABLE)
            writer.execute(KEEPING)  # type: ignore[arg-type]
            root.execute(email)
            writer.execute(f"CREATE POLICY own ON public.notes FOR SELECT USING ({using})")  # type: ignore[arg-type]
            async with followed(any_database) as live:
                ann = await live.joined(identity(sub=ANN, org=1))
                ben = await live.joined(identity(sub=BEN, org=2))
                writer.execute("INSERT INTO public.notes (id, team, org) VALUES (1, 'red', 1), (2, 'blue', 2)")
                await settled(live, writer, 1)
                assert [ids(one) for one in (ann, ben)] == [[1], [2]]

    played(play())


LABELS = """
CREATE TABLE public.labels (team text);
INSERT INTO public.labels VALUES ('red'), ('blue');
ALTER TABLE public.labels ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON public.labels TO authenticated;
CREATE POLICY own ON public.labels FOR SELECT USING (true);
ALTER POLICY own ON public.teams USING (EXISTS (SELECT 1 FROM public.labels l WHERE l.team = teams.team));
"""


@pytest.mark.parametrize(
    "begun",
    [
        "ALTER POLICY own ON public.teams USING (team = public.kept_team())",
        "CREATE POLICY more ON public.teams AS RESTRICTIVE FOR SELECT USING (team = public.kept_team())",
        "ALTER POLICY own ON public.labels USING (team = public.kept_team())",
    ],
)
def test_a_policy_of_a_table_that_is_read_begins_to_keep_something(any_database: Database, begun: str) -> None:
    """Whether a policy leaves something behind is known of the policies as they are now, however far they are reached."""
    using = "EXISTS (SELECT 1 FROM public.teams t WHERE t.team = notes.team)"

    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(TABLE)
            writer.execute(KEEPING)  # type: ignore[arg-type]
            writer.execute(LABELS)
            writer.execute(f"CREATE POLICY own ON public.notes FOR SELECT USING ({using})")  # type: ignore[arg-type]
            async with followed(any_database) as live:
                ann, ben = await live.joined(identity(sub=ANN)), await live.joined(identity(sub=BEN))
                writer.execute("INSERT INTO public.notes (id, team) VALUES (1, 'red')")
                await settled(live, writer, 1)
                assert [ids(one) for one in (ann, ben)] == [[1], [1]]
                writer.execute(begun)  # type: ignore[arg-type]
                writer.execute("INSERT INTO public.notes (id, team) VALUES (2, 'red'), (3, 'blue')")
                await settled(live, writer, 2)
                assert [ids(one) for one in (ann, ben)] == [[1, 2], [1, 3]]

    played(play())


FOLDING = """
CREATE FUNCTION public.me() RETURNS uuid LANGUAGE sql IMMUTABLE
    AS $$ SELECT (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid $$;
CREATE FUNCTION public.mine(who uuid) RETURNS bool LANGUAGE plpgsql STABLE
    AS $$ BEGIN RETURN who = public.me(); END $$;
CREATE FUNCTION public.inlined(who uuid) RETURNS bool LANGUAGE sql STABLE AS $$ SELECT who = public.me() $$;
CREATE FUNCTION public.found(who uuid) RETURNS bool LANGUAGE sql STABLE SECURITY DEFINER
    AS $$ SELECT who = public.me() $$;
"""


OWNERS = f"""
CREATE TABLE public.owners (owner uuid);
INSERT INTO public.owners VALUES ('{ANN}'), ('{BEN}');
ALTER TABLE public.owners ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON public.owners TO authenticated;
CREATE POLICY own ON public.owners FOR SELECT USING (owner = public.me());
"""


@pytest.mark.parametrize(
    "using",
    [
        "owner = public.me()",
        "owner = auth.uid()",
        "public.mine(owner)",
        "public.inlined(owner)",
        "public.found(owner)",
        "EXISTS (SELECT 1 FROM public.owners o WHERE o.owner = notes.owner)",
    ],
)
def test_a_function_of_the_claims_that_is_marked_immutable(any_database: Database, using: str) -> None:
    """PostgreSQL takes its value for the same in all that a plan serves."""

    async def play() -> None:
        with any_database.connect(autocommit=True) as writer, any_database.connect(SUPERUSER, autocommit=True) as root:
            writer.execute(TABLE)
            writer.execute(FOLDING)
            writer.execute(OWNERS)  # type: ignore[arg-type]
            root.execute("ALTER FUNCTION auth.uid() IMMUTABLE")
            writer.execute(f"CREATE POLICY own ON public.notes FOR SELECT USING ({using})")  # type: ignore[arg-type]
            async with followed(any_database) as live:
                ann, ben = await live.joined(identity(sub=ANN)), await live.joined(identity(sub=BEN))
                for number, values in enumerate(([ANN, BEN], [BEN, ANN]), start=1):
                    writer.execute(
                        "INSERT INTO public.notes (id, owner) VALUES (%s, %s), (%s, %s)",
                        [2 * number, values[0], 2 * number + 1, values[1]],
                    )
                    await settled(live, writer, number)
                assert [ids(one) for one in (ann, ben)] == [[2, 5], [3, 4]]
                # One row by itself is asked for in another way.
                writer.execute("INSERT INTO public.notes (id, owner) VALUES (6, %s)", [ANN])
                await settled(live, writer, 3)
                writer.execute("INSERT INTO public.notes (id, owner) VALUES (7, %s)", [BEN])
                await settled(live, writer, 4)
                assert [ids(one) for one in (ann, ben)] == [[2, 5, 6], [3, 4, 7]]

    played(play())


@pytest.mark.parametrize(
    "using", ["owner = public.me()", "EXISTS (SELECT 1 FROM public.owners o WHERE o.owner = notes.owner)"]
)
def test_a_function_of_the_claims_that_is_marked_immutable_meanwhile(any_database: Database, using: str) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(TABLE)
            writer.execute(FOLDING)
            writer.execute(OWNERS)  # type: ignore[arg-type]
            writer.execute("ALTER FUNCTION public.me() STABLE")
            writer.execute(f"CREATE POLICY own ON public.notes FOR SELECT USING ({using})")  # type: ignore[arg-type]
            async with followed(any_database) as live:
                ann, ben = await live.joined(identity(sub=ANN)), await live.joined(identity(sub=BEN))
                writer.execute("INSERT INTO public.notes (id, owner) VALUES (1, %s)", [ANN])
                await settled(live, writer, 1)
                writer.execute("ALTER FUNCTION public.me() IMMUTABLE")
                writer.execute("INSERT INTO public.notes (id, owner) VALUES (2, %s), (3, %s)", [ANN, BEN])
                await settled(live, writer, 2)
                assert [ids(one) for one in (ann, ben)] == [[1, 2], [3]]

    played(play())


def test_functions_that_cannot_all_be_read_in_time_may_be_such(database: Database) -> None:
    """An error would be had by every change that row security applies to."""

    async def play() -> bool:
        connection, limit = database.conninfo("postgres"), "-c statement_timeout=1ms"
        catalog = Catalog(lambda: psycopg.AsyncConnection.connect(connection, autocommit=True, options=limit))
        try:
            return await catalog.folding()
        finally:
            await catalog.close()

    assert played(play())


def test_a_function_of_the_role_that_is_marked_immutable(any_database: Database) -> None:
    """Roles are asked for over one connection, and functions keep their plans for as long as that is there."""

    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(TABLE)
            writer.execute("""
                CREATE FUNCTION public.whoever() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT current_user::text $$;
                CREATE FUNCTION public.ours(team text) RETURNS bool LANGUAGE plpgsql STABLE
                    AS $$ BEGIN RETURN team = public.whoever(); END $$;
                CREATE POLICY own ON public.notes FOR SELECT USING (public.ours(team));
            """)
            async with followed(any_database) as live:
                ann, nobody = await live.joined(identity(sub=ANN)), await live.joined(identity("anon"))
                for mark in (1, 2):
                    writer.execute(
                        "INSERT INTO public.notes (id, team) VALUES (%s, 'anon'), (%s, 'authenticated')",
                        [2 * mark, 2 * mark + 1],
                    )
                    await settled(live, writer, mark)
                assert [ids(one) for one in (ann, nobody)] == [[3, 5], [2, 4]]

    played(play())


def test_a_function_in_the_schema_of_extensions_counts_as_any(any_database: Database) -> None:
    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(TABLE)
            writer.execute(FOLDING)
            writer.execute("ALTER FUNCTION public.me() SET SCHEMA extensions")
            writer.execute("CREATE POLICY own ON public.notes FOR SELECT USING (owner = extensions.me())")
            async with followed(any_database) as live:
                ann, ben = await live.joined(identity(sub=ANN)), await live.joined(identity(sub=BEN))
                writer.execute("INSERT INTO public.notes (id, owner) VALUES (1, %s), (2, %s)", [ANN, BEN])
                await settled(live, writer, 1)
                assert [ids(one) for one in (ann, ben)] == [[1], [2]]

    played(play())


def test_the_domain_that_a_json_function_returns_runs_its_check(database: Database) -> None:
    """PostgreSQL, from 17 on, has it neither among the dependencies of a policy nor among what its text names in full."""

    async def play() -> None:
        with database.connect(autocommit=True) as writer:
            writer.execute(TABLE)
            writer.execute(KEEPING)  # type: ignore[arg-type]
            writer.execute("""
                CREATE DOMAIN public.team_of_mine AS text CHECK (value = public.kept_team());
                CREATE POLICY own ON public.notes FOR SELECT
                    USING (JSON_VALUE(to_jsonb(team), '$' RETURNING public.team_of_mine NULL ON ERROR) IS NOT NULL);
            """)
            async with followed(database) as live:
                ann, ben = await live.joined(identity(sub=ANN)), await live.joined(identity(sub=BEN))
                writer.execute("INSERT INTO public.notes (id, team) VALUES (1, 'red'), (2, 'blue')")
                await settled(live, writer, 1)
                assert [ids(one) for one in (ann, ben)] == [[1], [2]]

    played(play())


HARMLESS = """
CREATE FUNCTION public.slug(title text) RETURNS text LANGUAGE plpgsql IMMUTABLE
    AS $$ BEGIN RETURN regexp_replace(lower(trim(both ' ' from title)), '[^a-z]+', '-', 'g'); END $$;
CREATE FUNCTION public.most() RETURNS int LANGUAGE sql IMMUTABLE RETURN 5;
CREATE FUNCTION public.me() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('app.me', true) $$;
CREATE FUNCTION public.is_me(a text, b text) RETURNS bool LANGUAGE sql STABLE AS $$ SELECT a || b = public.me() $$;
CREATE FUNCTION public.slug_of_most() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT public.slug(public.most()::text) $$;
"""

OPERATOR = "AS $$ SELECT ('x' OPERATOR(public.===) 'y')::text $$"
# What a text reaches without a name of it, or by a name that a locale may have no letters for.
BEFORE = {
    OPERATOR: "CREATE OPERATOR public.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = public.is_me)",
    "AS $$ SELECT public.least_of('x') $$": """
        CREATE FUNCTION public.least_step(a text, b text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT public.me() $$;
        CREATE AGGREGATE public.least_of(text) (SFUNC = public.least_step, STYPE = text)""",
    "AS $$ SELECT 'x'::public.name_of_me::text $$": "CREATE DOMAIN public.name_of_me AS text CHECK (public.is_me(value, ''))",
    "AS $$ SELECT public.given() $$": """
        CREATE FUNCTION public.given(what text DEFAULT public.me()) RETURNS text LANGUAGE sql IMMUTABLE
            AS $$ SELECT what $$""",
    "AS $$ SELECT public.私() $$": "CREATE FUNCTION public.私() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'x' $$",
    "AS $$ SELECT n.who FROM public.注文 n LIMIT 1 $$": "CREATE TABLE public.注文 (who text)",
}


@pytest.mark.parametrize(
    ("body", "reads"),
    [
        ("AS $$ SELECT 'x' $$", False),
        ("AS $$ SELECT public.slug('x') $$", False),
        ("AS $$ SELECT Current_Setting('app.me', true) $$", True),
        ("AS $$ SELECT Public.Me() $$", True),
        ("RETURN public.me()", True),
        ("AS $$ SELECT n.team FROM public.notes n LIMIT 1 $$", True),
        ("AS $$ SELECT 'notes' $$", False),
        ("AS $$ SELECT 'x' FROM pg_settings $$", True),
        ("AS $$ SELECT current_user::text $$", True),
        ("AS $$ SELECT has_table_privilege('public.notes', 'SELECT')::text $$", True),
        *((body, True) for body in BEFORE),
    ],
)
def test_which_functions_marked_immutable_count(any_database: Database, body: str, *, reads: bool) -> None:
    """Those that read nothing, which many have, cost nobody anything."""

    async def play() -> bool:
        connection = any_database.conninfo("postgres")
        catalog = Catalog(lambda: psycopg.AsyncConnection.connect(connection, autocommit=True))
        try:
            return await catalog.folding()
        finally:
            await catalog.close()

    with any_database.connect(autocommit=True) as writer:
        writer.execute(TABLE)
        writer.execute(HARMLESS)
        assert not played(play())
        writer.execute(BEFORE.get(body, ""))  # type: ignore[arg-type]
        writer.execute(f"CREATE FUNCTION public.told() RETURNS text LANGUAGE sql IMMUTABLE {body}")  # type: ignore[arg-type]
        assert played(play()) == reads


HIDING = f"""
CREATE TABLE public.members (who text, team text);
INSERT INTO public.members VALUES ('{ANN}', 'red');
GRANT SELECT ON public.members TO authenticated;
CREATE FUNCTION public.state_text(s public.state) RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT CASE WHEN s = 'open' THEN auth.uid()::text ELSE 'x' END $$;
CREATE FUNCTION public.same(a text, b text) RETURNS bool LANGUAGE sql STABLE
    AS $$ SELECT EXISTS (SELECT 1 FROM public.members m WHERE m.who = auth.uid()::text) $$;
CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.same);
CREATE FUNCTION auth.team(which text DEFAULT 'who') RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT m.team FROM public.members m WHERE m.who = auth.jwt() ->> 'sub' $$;
"""


@pytest.mark.parametrize(
    ("using", "path"),
    [
        ("state::text = auth.jwt() ->> 'sub'", "public"),
        ("state::text = (auth.jwt() ->> 'sub') AND auth.role() = 'authenticated'", "public"),
        ("nullif(auth.role(), 'anon') IS NULL", "public, pg_catalog"),
        ("(nullif(auth.role(), 'anon') IS NOT NULL) IS NOT TRUE", "public, pg_catalog"),
        ("(auth.role() IS DISTINCT FROM 'anon') IS NOT TRUE", "public, pg_catalog"),
        ("team OPERATOR(public.=) auth.role()", "public"),
        ("CASE auth.role() WHEN 'anon' THEN true ELSE false END", "public, pg_catalog"),
        ("team = auth.team()", "public"),
    ],
)
def test_code_that_the_text_of_a_policy_does_not_name_runs_for_each(
    any_database: Database, monkeypatch: pytest.MonkeyPatch, using: str, path: str
) -> None:
    monkeypatch.setattr(narrowing, "_FEW", 0)

    async def play() -> None:
        with any_database.connect(autocommit=True) as writer, any_database.connect(SUPERUSER, autocommit=True) as root:
            writer.execute(TABLE)
            root.execute(HIDING)  # type: ignore[arg-type]
            root.execute("CREATE CAST (public.state AS text) WITH FUNCTION public.state_text(public.state)")
            with root.transaction():
                root.execute(f"SET LOCAL search_path = {path}")  # type: ignore[arg-type]
                root.execute(f"CREATE POLICY own ON public.notes FOR SELECT TO authenticated USING ({using})")  # type: ignore[arg-type]
            # Of another meaning, and of the same text in a policy.
            root.execute("CREATE FUNCTION auth.team() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'red'::text $$")
            async with followed(any_database) as live:
                ann, ben = await live.joined(identity(sub=ANN)), await live.joined(identity(sub=BEN))
                writer.execute("INSERT INTO public.notes (id, team) VALUES (1, 'red')")
                await settled(live, writer, 1)
                seen = []
                with any_database.connect("authenticator") as asker:
                    for one in (ann, ben):
                        claims = [one.identity.text.decode()]
                        asker.execute("SELECT set_config('request.jwt.claims', %s, true)", claims)
                        asker.execute("SET LOCAL ROLE authenticated")
                        seen.append([number for (number,) in asker.execute("SELECT id FROM public.notes")])
                        asker.rollback()
                assert [ids(one) for one in (ann, ben)] == seen
                assert [1] in seen

    played(play())


def test_answers_of_both_connections_go_to_those_who_asked(
    any_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_MANY", 4)
    using = "current_user = 'nobody' OR (auth.jwt() ->> 'n')::int <= org"  # asked for each, whatever else holds

    async def play() -> None:
        with any_database.connect(autocommit=True) as writer:
            writer.execute(TABLE)
            writer.execute(f"CREATE POLICY own ON public.notes FOR SELECT USING ({using})")  # type: ignore[arg-type]
            async with followed(any_database) as live:
                members = [await live.joined(identity(n=number)) for number in range(9)]
                writer.execute("INSERT INTO public.notes (id, org) VALUES (2, 2), (6, 6)")
                await settled(live, writer, 1)
                assert [ids(one) for one in members] == [
                    [limit for limit in (2, 6) if number <= limit] for number in range(9)
                ]
                writer.execute("INSERT INTO public.notes (id, org) VALUES (3, 3)")
                await settled(live, writer, 2)
                assert [3 in ids(one) for one in members] == [number <= 3 for number in range(9)]

    played(play())
