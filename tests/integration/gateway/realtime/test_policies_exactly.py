"""Who is told of a row is who sees it: random policies, rows and claims, held against what PostgreSQL itself says."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from changes_feed import ANN, BEN, Listener, binding, identity, parameters, played
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from haulback.gateway.auth.identity import Identity
from haulback.gateway.realtime.changes import asking, forms, narrowing, session, sifting
from haulback.gateway.realtime.changes.asking import Asking
from haulback.gateway.realtime.changes.facts import Facts
from haulback.gateway.realtime.changes.policies import understood
from haulback.gateway.realtime.changes.register import Register, Subscription
from haulback.gateway.realtime.changes.rendering import Change
from haulback.gateway.realtime.changes.segments import Segments
from haulback.gateway.realtime.changes.tables import Catalog
from haulback.gateway.realtime.changes.telling import Telling
from haulback.pg.cluster import SUPERUSER

if TYPE_CHECKING:
    from conftest import Database

# The same examples each time, unless more are asked for: what they hold is looked at as well.
MORE = os.environ.get("HAULBACK_POLICY_EXAMPLES")
EXAMPLES = int(MORE or 60)
TABLES = """
CREATE TYPE public.state AS ENUM ('open', 'done');
CREATE DOMAIN public.short AS text CHECK (length(VALUE) < 5);
CREATE TABLE public.members (who uuid, team text, kind text);
CREATE TABLE public.guarded (who uuid, team text, kind text);
ALTER TABLE public.guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.guarded FOR SELECT USING (who = auth.uid() AND kind IS DISTINCT FROM 'hidden');
CREATE VIEW public.mine AS SELECT team FROM public.members WHERE who = auth.uid();
CREATE FUNCTION public.teams() RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = ''
    AS $$ SELECT team FROM public.members WHERE who = auth.uid() $$;
CREATE FUNCTION public.is_of(t text) RETURNS bool LANGUAGE sql STABLE
    AS $$ SELECT EXISTS (SELECT 1 FROM public.guarded WHERE team = t) $$;
CREATE TABLE public.notes (
    id bigint PRIMARY KEY, owner uuid, assignee uuid, team text, org int, code varchar(8), state public.state,
    is_public bool, gone timestamptz, readers uuid[], tags text[], "Odd ""name" uuid
);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO anon, authenticated;
"""
UID = ["auth.uid()", "(SELECT auth.uid())", "((auth.jwt() ->> 'sub')::uuid)"]
TEAM = [
    "(auth.jwt() ->> 'team')",
    "((SELECT auth.jwt()) -> 'app' ->> 'team')",
    "coalesce(auth.jwt() ->> 'team', 'red')",
]
COMPARED = [
    "{uid} = owner",
    "owner = {uid}",
    "{uid} IN (owner, assignee)",
    "owner IN (SELECT {uid})",
    "{uid} = ANY (readers)",
    "readers @> ARRAY[{uid}]",
    "owner IS NOT DISTINCT FROM {uid}",
    "owner <> {uid}",
    "owner::text = auth.jwt() ->> 'sub'",
    "team = {team}",
    "team = {team}::public.short",
    "team IN ('red', {team})",
    "{team} = ANY (tags)",
    "(auth.jwt() -> 'teams') ? team",
    "code = {team}",
    "org = (auth.jwt() ->> 'org')::int",
    "org >= (auth.jwt() ->> 'org')::int",
    "state::text = {team}",
    "CASE WHEN is_public THEN true ELSE owner = {uid} END",
]
OF_ROWS = [
    "code IN ('red', 'x')",
    "1 / (org - 1) > 0",
    "org IN (1, 2)",
    "org <> 1",
    "state = 'open'",
    "state IN ('open', 'done')",
    "team = 'red'",
    "team <> 'red'",
    "team LIKE 'r%'",
    "is_public",
    "NOT is_public",
    "is_public IS TRUE",
    "is_public IS NOT TRUE",
    "is_public = false",
    "coalesce(is_public, true)",
    "gone IS NULL",
    "gone IS NOT NULL",
    "gone < now()",
]
OF_CLAIMS = [
    '"Odd ""name" = {uid}',
    "auth.role() = 'authenticated'",
    "auth.jwt() ->> 'team' = 'red'",
    "{uid} IS NOT NULL",
    "auth.uid() IS NULL",
    "(auth.jwt() ->> 'admin')::bool",
]
READING = [
    "EXISTS (SELECT 1 FROM public.{of} m WHERE m.team = notes.team AND m.who = {uid})",
    "EXISTS (SELECT 1 FROM public.{of} m WHERE m.who = {uid} AND m.kind = 'admin')",
    "EXISTS (SELECT 1 FROM public.{of} m WHERE m.who = {uid} OR m.team = notes.team)",
    "EXISTS (SELECT 1 FROM public.{of} m JOIN public.members o ON o.team = m.team WHERE m.who = {uid} AND o.who = owner)",
    "team IN (SELECT team FROM public.{of} WHERE who = {uid})",
    "{uid} IN (SELECT who FROM public.{of} WHERE {of}.team = notes.team)",
    "team = (SELECT m.team FROM public.{of} m WHERE m.who = {uid} AND m.kind = 'admin')",
]
ODD = [
    "team = ANY (ARRAY(SELECT jsonb_array_elements_text(auth.jwt() -> 'teams')))",
    "current_user = 'authenticated'",
    "true",
    "false",
    "EXISTS (SELECT 1 FROM public.{of} m LEFT JOIN public.guarded g USING (team) WHERE m.who = {uid} AND g.who IS NULL)",
    "NOT EXISTS (SELECT 1 FROM public.{of} m WHERE m.team = notes.team AND m.who = {uid})",
    "(EXISTS (SELECT 1 FROM public.{of} m WHERE m.who = {uid})) IS NOT TRUE",
    "team NOT IN (SELECT team FROM public.{of} WHERE who = {uid})",
    "(SELECT m.team FROM public.{of} m WHERE m.who = {uid} ORDER BY m.team LIMIT 1) = team",
    "(SELECT count(*) FROM public.{of} m WHERE m.who = {uid}) < 1",
    "(SELECT max(m.team) FROM public.{of} m WHERE m.who = {uid}) = team",
    "team <> ALL (SELECT m.team FROM public.{of} m WHERE m.who = {uid})",
    "CASE WHEN EXISTS (SELECT 1 FROM public.{of} m WHERE m.who = {uid}) THEN false ELSE true END",
    "team IN (SELECT team FROM public.mine)",
    "team IN (SELECT public.teams())",
    "public.is_of(team)",
]
GROUPS = [COMPARED, COMPARED, OF_ROWS, OF_CLAIMS, READING, READING, ODD]
USERS = [ANN, BEN, "00000000-0000-4000-8000-0000000000c3"]
FLAGS = [True, False]
TEAMS = ["red", "blue", "open", ""]
CLAIMS: dict[str, list[Any]] = {
    "sub": [*USERS, *USERS, "nobody's uuid"],
    "team": [*TEAMS, None, 'a "quoted\\ one'],
    "app": [{"team": "red"}, {}, None],
    "teams": [["red"], ["blue", "red"], [], "red"],
    "org": [1, 2, "2", "x", None],
    "admin": [True, False, "no bool", None],
}
# What somebody has made of a function of the platform: it reads another claim.
OTHER_UID = "CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN '{}'; END $$"


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> str:
    if depth and draw(st.booleans()):
        parts = draw(st.lists(expressions(depth - 1), min_size=1, max_size=3))
        if len(parts) == 1:
            return f"NOT ({parts[0]})"
        return draw(st.sampled_from([" AND ", " OR "])).join(f"({part})" for part in parts)
    choose = {"uid": UID, "team": TEAM, "of": ["members", "guarded"]}
    return draw(st.sampled_from(draw(st.sampled_from(GROUPS)))).format(
        **{name: draw(st.sampled_from(of)) for name, of in choose.items()}
    )


@st.composite
def policies(draw: st.DrawFn) -> tuple[str, ...]:
    """Each as CREATE POLICY has it after the table's name."""
    made = []
    for number in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["PERMISSIVE", "PERMISSIVE", "RESTRICTIVE"])) if number else "PERMISSIVE"
        # The first one applies to all but anonymous users, so that mostly something is seen.
        to = draw(st.sampled_from(["authenticated", "PUBLIC", *(["anon"] if number else [])]))
        command = draw(st.sampled_from(["SELECT", "ALL", *(["UPDATE"] if number else [])]))
        using = draw(expressions())
        # A policy may say nothing of what is read.
        tail = "WITH CHECK (true)" if number and command == "ALL" and draw(st.booleans()) else f"USING ({using})"
        made.append(f"AS {kind} FOR {command} TO {to} {tail}")
    return tuple(made)


def one(*of: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([*of, None])


def many(of: Sequence[str]) -> st.SearchStrategy[Any]:
    return st.none() | st.lists(one(*of), max_size=3)


texts = one(*TEAMS), one(1, 2, 5), one("red", "x", "open"), one("open", "done")
flags = one(*FLAGS), one("2020-01-01", "2999-01-01")
rows = st.lists(
    st.tuples(one(*USERS), one(*USERS), *texts, *flags, many(USERS), many(TEAMS), one(*USERS)), min_size=3, max_size=3
)


@st.composite
def people(draw: st.DrawFn) -> list[Identity]:
    made = [identity("anon"), identity()]
    for number in range(9):
        claims = {name: draw(st.sampled_from(of)) for name, of in CLAIMS.items() if draw(st.integers(0, 3))}
        made.append(identity(jti=number if draw(st.booleans()) else 0, **claims))
    return made


memberships = st.lists(
    st.tuples(st.sampled_from(USERS), st.sampled_from(TEAMS), st.sampled_from(["admin", "hidden", None])), max_size=5
)


@dataclass(frozen=True)
class World:
    policies: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    people: list[Identity]
    members: list[tuple[str, str, str | None]]
    other_uid: bool
    few: int


worlds = st.builds(
    World,
    policies(),
    rows,
    people(),
    memberships,
    other_uid=st.integers(0, 5).map(lambda number: number == 5),
    few=st.sampled_from([0, 0, 24]),
)


@dataclass
class Seen:
    """How often what came about."""

    forms: dict[str, int] = field(default_factory=dict)

    def count(self, name: str) -> None:
        self.forms[name] = self.forms.get(name, 0) + 1


class Counted(sifting.Sifting):
    """Counts how often a sieve told something."""

    seen: Seen

    async def passing(self, *asked: Any) -> frozenset[int] | None:
        found = await super().passing(*asked)
        if found is not None:
            self.seen.count("sifted by PostgreSQL")
        return found


class Watched(Telling):
    """Counts how often a row was seen without claims."""

    async def _is_open(self, *asked: Any) -> bool:
        found = await super()._is_open(*asked)
        if found:
            counted: Any = self._narrowing._sifting
            counted.seen.count("open")
        return found


def lay(writer: psycopg.Connection, world: World) -> list[dict[str, bytes | None]]:
    """Makes the world; returns the rows as the log has them."""
    with writer.transaction():
        writer.execute("TRUNCATE public.notes, public.members, public.guarded")
        for (name,) in writer.execute("SELECT polname FROM pg_policy WHERE polrelid = 'public.notes'::regclass"):
            writer.execute(sql.SQL("DROP POLICY {} ON public.notes").format(sql.Identifier(name)))
        for number, policy in enumerate(world.policies):
            writer.execute(f"CREATE POLICY p{number} ON public.notes {policy}")  # type: ignore[arg-type]
        with writer.cursor() as cursor:
            for table in ("members", "guarded"):
                cursor.executemany(f"INSERT INTO public.{table} VALUES (%s, %s, %s)", world.members)  # type: ignore[arg-type]
            values = sql.SQL(", ").join([sql.Placeholder()] * (len(world.rows[0]) + 1))
            numbered = [(number, *row) for number, row in enumerate(world.rows)]
            cursor.executemany(sql.SQL("INSERT INTO public.notes VALUES ({})").format(values), numbered)
    found = writer.execute("SELECT * FROM public.notes ORDER BY id")
    result, names = found.pgresult, [column.name for column in found.description or ()]
    assert result is not None
    return [{name: result.get_value(row, at) for at, name in enumerate(names)} for row in range(result.ntuples)]


async def told(
    database: Database, world: World, oid: int, log: list[dict[str, bytes | None]], seen: Seen
) -> list[list[int]]:
    """For each of the people, which rows they are told of."""
    login = parameters(database, "postgres")
    catalog = Catalog(lambda: session._connected(login, "test", session._looking_up()))
    asks, beside = (Segments(lambda: session._lane(parameters(database, "authenticator"), "test")) for _ in range(2))
    sieves = Segments(lambda: session._lane(login, "test"))
    clock = asyncio.get_running_loop().time
    asking_ = Asking(asks, beside)
    register, facts, failed = Register(), Facts(catalog, asking_, "authenticator", clock), list[Exception]()
    counted = Counted(sieves, clock)
    counted.seen = seen
    telling = Watched(register, facts, catalog, asking_, counted, lambda _oid, bug: failed.append(bug))
    try:
        await asks.open()
        listeners = [Listener(who, (binding(),)) for who in world.people]
        for one in listeners:
            register.put(one, [(oid, Subscription(one, 1, "*", one.identity, None, ()))])
        await telling.tell([(oid, Change("INSERT", 0, row, {}, 1)) for row in log])
        assert failed == []
        table, role = await facts.table(oid), await facts.role(oid, "authenticated")
        assert table is not None
        form = understood(role.policies, table.columns, (await facts.functions()).types)
        for leaf in forms.leaves(form):
            seen.count(type(leaf).__name__)
        return [[record["id"] for record in one.records] for one in listeners]
    finally:
        for part in (catalog, asks, beside, sieves):
            await part.close()


_SETTINGS = (
    "SELECT set_config('role', %s, true), set_config('request.jwt.claims', %s, true),"
    " set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)"
)


def sees(asker: psycopg.Connection, who: Identity, count: int) -> list[set[int]]:
    """The rows that PostgreSQL shows when it is asked as REST would ask it.

    Where something raises there may be two answers. The planner runs what does not depend on a row, and may raise where
    a plan that is there already does not.
    """
    try:
        with asker.transaction(force_rollback=True):
            asker.execute(_SETTINGS, [who.role, who.text.decode()])
            return [{number for (number,) in asker.execute("SELECT id FROM public.notes")}]
    except psycopg.Error:
        return [one_by_one(asker, who, count, claims) for claims in (who.text, b"{}")]


def one_by_one(asker: psycopg.Connection, who: Identity, count: int, planned_for: bytes) -> set[int]:
    found = set()
    with asker.transaction(force_rollback=True):
        asker.execute(_SETTINGS, [who.role, planned_for.decode()])
        asker.execute("PREPARE look (bigint) AS SELECT 1 FROM public.notes WHERE id = $1")
        with contextlib.suppress(psycopg.Error), asker.transaction():
            asker.execute("EXECUTE look (-1)")
        asker.execute(_SETTINGS, [who.role, who.text.decode()])
        for number in range(count):
            with contextlib.suppress(psycopg.Error), asker.transaction(force_rollback=True):
                if asker.execute(sql.SQL("EXECUTE look ({})").format(number)).fetchone():
                    found.add(number)
        asker.execute("DEALLOCATE look")
    return found


@dataclass
class Stage:
    """A database in which worlds are played."""

    database: Database
    root: psycopg.Connection
    writer: psycopg.Connection
    asker: psycopg.Connection
    table: int
    uid: str
    patch: pytest.MonkeyPatch
    seen: Seen = field(default_factory=Seen)

    def play(self, world: World) -> None:
        self.patch.setattr(narrowing, "_FEW", world.few)
        self.patch.setattr(asking, "_MANY", 2 + world.few)
        self.root.execute(OTHER_UID.format(BEN) if world.other_uid else self.uid)
        log = lay(self.writer, world)
        said = played(told(self.database, world, self.table, log, self.seen))
        for who, rows_ in zip(world.people, said, strict=True):
            either = sees(self.asker, who, len(log))
            for number in range(len(log)):
                assert (number in rows_) in {number in found for found in either}, (world.policies, who, log[number])


@pytest.fixture
def stage(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with (
        database.connect(SUPERUSER, autocommit=True) as root,
        database.connect(autocommit=True) as writer,
        database.connect("authenticator", autocommit=True) as asker,
    ):
        writer.execute(TABLES)
        ((oid,),) = writer.execute("SELECT 'public.notes'::regclass::oid::bigint")
        ((plain,),) = root.execute("SELECT pg_get_functiondef('auth.uid()'::regprocedure)")
        yield Stage(database, root, writer, asker, oid, plain, monkeypatch)


def test_those_are_told_who_see_the_row(stage: Stage) -> None:
    @settings(max_examples=EXAMPLES, derandomize=MORE is None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(worlds)
    def play(world: World) -> None:
        stage.play(world)

    play()
    # Otherwise what is held against PostgreSQL is PostgreSQL.
    kinds = {"Comparison", "OfRow", "OfClaims", "Sifted", "Asked", "sifted by PostgreSQL"}
    assert kinds <= stage.seen.forms.keys(), stage.seen.forms


_OWN, _TEAM = "auth.uid() = owner", "team = auth.jwt() ->> 'team'"
_MEMBER = "EXISTS (SELECT 1 FROM public.{} m WHERE m.team = notes.team AND m.who = (SELECT auth.uid()))"
_UNPAIRED = "FROM public.members m LEFT JOIN public.guarded g ON g.team = m.team AND g.who = m.who"
WRITTEN = [
    [_OWN],
    ["(SELECT auth.uid()) = owner"],
    ["owner = auth.uid() OR is_public"],
    ["auth.uid() = owner AND gone IS NULL"],
    ["auth.uid() IN (owner, assignee)"],
    ["auth.uid() = ANY (readers)"],
    [f"{_TEAM} AND {_OWN}"],
    [f"{_OWN} AND {_TEAM}"],
    [f"{_TEAM} AND (is_public OR {_OWN})"],
    ["team IN (SELECT team FROM public.members WHERE who = auth.uid())"],
    ["team IN (SELECT team FROM public.guarded WHERE who = auth.uid())"],
    ["team NOT IN (SELECT team FROM public.guarded WHERE who = auth.uid())"],
    ["team = (SELECT m.team FROM public.members m WHERE m.who = auth.uid() AND m.kind = 'admin')"],
    # Where fewer rows let more be seen: Ben's membership of the blue ones is hidden from him.
    ["team = (SELECT m.team FROM public.guarded m WHERE m.who = auth.uid() ORDER BY m.team LIMIT 1)"],
    ["team = (SELECT DISTINCT ON (m.who) m.team FROM public.guarded m WHERE m.who = auth.uid())"],
    [f"EXISTS (SELECT 1 {_UNPAIRED} WHERE m.who = auth.uid() AND g.who IS NULL AND m.team = notes.team)"],
    [_MEMBER.format("members")],
    [_MEMBER.format("guarded")],
    [f"NOT {_MEMBER.format('guarded')}"],
    [f"is_public OR {_MEMBER.format('members')}"],
    ["auth.jwt() ->> 'team' = 'red'", _OWN],
    ["auth.role() = 'authenticated'"],
    ["true"],
    ["org = (auth.jwt() ->> 'org')::int", "RESTRICTIVE gone IS NULL"],
    [_OWN, _MEMBER.format("members"), "RESTRICTIVE state = 'open' OR is_public"],
    ["team IN (SELECT public.teams())"],
    ["public.is_of(team)"],
    ["team IN (SELECT team FROM public.mine)", _OWN],
    # What is seen without claims and not with some.
    ["auth.uid() IS NULL", "org > 1"],
    ["auth.uid() IS NULL OR (is_public AND org > 0)"],
    ["team = coalesce(auth.jwt() ->> 'team', 'red') OR org > 1"],
    ["coalesce(auth.jwt() ->> 'team', 'none') = 'none' OR org > 1"],
    ["owner <> auth.uid() OR org IS NULL"],
    ["team <> auth.jwt() ->> 'team' OR owner = auth.uid()"],
    ["owner = auth.uid() OR team <> auth.jwt() ->> 'team'"],
    ["org <> 1", "RESTRICTIVE team <> 'red' OR auth.jwt() ->> 'team' = 'red'"],
    ["team = 'red' OR owner IS NOT DISTINCT FROM auth.uid()"],
]


@pytest.mark.parametrize("few", [0, 24])  # with one statement for all, and without
def test_what_projects_write(stage: Stage, few: int) -> None:
    chance = random.Random(1)
    people_ = [
        identity("anon"),
        *(
            identity(**{name: value for name, value in claims.items() if value is not None})
            for sub in (*USERS, None, "nobody's uuid")
            for claims in (
                {"sub": sub, "team": team, "org": chance.choice([1, 2, None])} for team in ("red", "blue", None)
            )
        ),
    ]
    pick = lambda *of: chance.choice([*of, None])  # noqa: E731
    rows_ = [
        (
            *(
                pick(*USERS),
                pick(*USERS),
                [*TEAMS, None][number % 5],
                pick(1, 2),
                pick("red"),
                pick("open", "done"),
                pick(*FLAGS),
            ),
            *(pick("2020-01-01"), pick(USERS[:2], [*USERS[1:], None], []), None, None),
        )
        for number in range(15)
    ]
    members = [(ANN, "red", "admin"), (ANN, "blue", None), (BEN, "blue", "hidden"), (BEN, "open", None)]
    for written in WRITTEN:
        policies_ = tuple(
            f"AS {'RESTRICTIVE' if one.startswith('RESTRICTIVE') else 'PERMISSIVE'} FOR SELECT TO authenticated"
            f" USING ({one.removeprefix('RESTRICTIVE ')})"
            for one in written
        )
        stage.play(World(policies_, rows_, people_, members, other_uid=False, few=few))
    stage.play(World((f"USING ({_OWN})",), rows_, people_, members, other_uid=True, few=few))
    assert ({"open", "sifted by PostgreSQL"} <= stage.seen.forms.keys()) is (few == 0)
