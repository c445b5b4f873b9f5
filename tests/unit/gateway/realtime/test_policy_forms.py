"""What is understood of policies, and that everything else is asked of PostgreSQL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.realtime.changes import forms
from haulback.gateway.realtime.changes.claimed import of_claims_only
from haulback.gateway.realtime.changes.forms import (
    AllOf,
    Always,
    AnyOf,
    Asked,
    Claim,
    Comparison,
    Contains,
    Form,
    OfClaims,
    OfRow,
    Sifted,
)
from haulback.gateway.realtime.changes.policies import recognised, understood
from haulback.gateway.realtime.changes.tables import Column, Policy

FUNCTIONS = {"auth.uid": "uuid", "auth.jwt": "jsonb", "auth.role": "text"}


def column(
    name: str, base: int, *, type_: int | None = None, kind: str = "b", element: int = 0, deterministic: bool = True
) -> Column:
    type_ = base if type_ is None else type_
    return Column(name, "t", type_, "t", "t", base, kind, element, "b" if element else "", ",", deterministic)


COLUMNS = {
    one.name: one
    for one in (
        column("user_id", 2950),
        column("org", 23),
        column("team", 25),
        column("code", 1043),
        column('We "ird', 2950),
        column("price", 1700),
        column("name", 25, deterministic=False),
        column("domain", 2950, type_=99_999),
        column("is_public", 16),
        column("gone", 1184),
        column("pair", 99_998, kind="c"),
        column("state", 99_997, kind="e"),
        column("readers", 2951, element=2950),
        column("names", 1009, element=25, deterministic=False),
    )
}


def told(form: Form) -> str:  # noqa: PLR0911 - one for each kind of form
    """A form in a few words."""
    match form:
        case AllOf(parts):
            return f"all({'; '.join(map(told, parts))})"
        case AnyOf(parts):
            return f"any({'; '.join(map(told, parts))})"
        case Comparison(name, claim):
            return f"{name} = {claim.expression}"
        case Contains(name, claim):
            return f"{name} has {claim.expression}"
        case OfClaims(claim):
            return f"claims: {claim.expression}"
        case OfRow(name, values, negated):
            among = sorted("NULL" if one is None else one.decode() for one in values)
            return f"{name} {'not among' if negated else 'among'} {','.join(among)}"
        case Sifted(looks=looks, nobody=nobody):
            return f"{'looks' if looks else 'sifted'}, nobody {nobody}"
        case Always(passes):
            return str(passes).lower()
    return "asked"


def policy(expression: str, *, permissive: bool = True, plain: bool = True) -> Policy:
    return Policy(permissive, expression, plain, shown=True)


READ = {
    "true": "true",
    "false": "false",
    "(user_id = auth.uid())": "user_id = auth.uid()",
    "(auth.uid() = user_id)": "user_id = auth.uid()",
    "(( SELECT auth.uid() AS uid) = user_id)": "user_id = ( SELECT auth.uid() AS uid)",
    "(user_id IN ( SELECT auth.uid() AS uid))": "user_id = ( SELECT auth.uid() AS uid)",
    '("We ""ird" = auth.uid())': 'We "ird = auth.uid()',
    "((user_id)::text = (auth.jwt() ->> 'sub'::text))": "user_id = (auth.jwt() ->> 'sub'::text)",
    "((code)::text = auth.role())": "code = auth.role()",
    "(org = ((( SELECT auth.jwt() AS jwt) ->> 'org'::text))::integer)": (
        "org = ((( SELECT auth.jwt() AS jwt) ->> 'org'::text))::integer"
    ),
    "(team = COALESCE((auth.jwt() ->> 'team'::text), 'none'::text))": (
        "team = COALESCE((auth.jwt() ->> 'team'::text), 'none'::text)"
    ),
    "(user_id = (((current_setting('request.jwt.claims'::text, true))::json ->> 'sub'::text))::uuid)": (
        "user_id = (((current_setting('request.jwt.claims'::text, true))::json ->> 'sub'::text))::uuid"
    ),
    "((user_id = auth.uid()) AND (gone IS NULL))": "all(user_id = auth.uid(); gone among NULL)",
    "((user_id = auth.uid()) OR is_public OR (NOT is_public))": (
        "any(user_id = auth.uid(); is_public among t; is_public among f)"
    ),
    "(is_public IS TRUE)": "is_public among t",
    "(is_public = false)": "is_public among f",
    "(gone IS NOT NULL)": "gone not among NULL",
    "(team = 'a = (b'::text)": "team among a = (b",
    "((code)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))": (
        "any(code among x; code among y)"
    ),
    "(org = ANY (ARRAY[1, 2]))": "any(org among 1; org among 2)",
    "(org <> 5)": "org not among 5,NULL",
    "(state = 'it''s'::public.state)": "state among it's",
    "(auth.uid() = ANY (readers))": "readers has auth.uid()",
    "(team = ANY (ARRAY['red'::text, (auth.jwt() ->> 'team'::text)]))": (
        "any(team among red; team = (auth.jwt() ->> 'team'::text))"
    ),
    "(auth.role() = 'authenticated'::text)": "claims: auth.role() = 'authenticated'::text",
    "(( SELECT auth.uid() AS uid) IS NOT NULL)": "claims: ( SELECT auth.uid() AS uid) IS NOT NULL",
    "(org > 5)": "sifted, nobody True",
    "(price = (auth.jwt() ->> 'price'::text)::numeric)": "sifted, nobody None",  # 1.0 equals 1
    "(NOT (user_id = auth.uid()))": "sifted, nobody None",
    "(user_id <> auth.uid())": "sifted, nobody None",
    "(readers @> ARRAY[auth.uid()])": "sifted, nobody None",
    "(name = (auth.jwt() ->> 'name'::text))": "sifted, nobody None",  # a collation that sees more than bytes
    "((auth.jwt() ->> 'name'::text) = ANY (names))": "sifted, nobody None",
    "(name = 'x'::text)": "sifted, nobody True",
    "(domain = auth.uid())": "sifted, nobody None",
    "(pair IS NULL)": "sifted, nobody True",  # as is a pair of NULLs, which the log writes as (,)
    "((org)::numeric = 5.0)": "sifted, nobody True",
    "(org = ('05'::text)::integer)": "sifted, nobody True",  # which no value is written as
    "(user_id = ('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::text)::uuid)": "sifted, nobody True",
    "((code)::text = ('x'::character varying)::text)": "code among x",
    "(EXISTS ( SELECT 1\n   FROM public.members m\n  WHERE ((m.team = notes.team) AND (m.who = auth.uid()))))": (
        "looks, nobody False"
    ),
    "(EXISTS ( SELECT 1\n   FROM public.members m\n  WHERE ((m.team = notes.team) OR (m.who = auth.uid()))))": (
        "looks, nobody None"
    ),
    "(team IN ( SELECT members.team\n   FROM public.members\n  WHERE (members.who = ( SELECT auth.uid() AS uid))))": (
        "looks, nobody False"
    ),
    "(team IN ( SELECT DISTINCT m.team\n   FROM public.members m\n  WHERE (m.who = auth.uid())))": "looks, nobody False",
    "(( SELECT m.kind\n   FROM public.members m\n  WHERE (m.who = auth.uid())) = 'admin'::text)": "looks, nobody False",
}
OTHERS = [
    "",
    "(user_id = auth.email())",  # not known to depend on the claims alone
    "(user_id = public.uid())",
    "public.is_member(team)",
    "(user_id OPERATOR(public.=) auth.uid())",
    "(team = current_setting('app.team'::text))",
    "(CURRENT_USER = 'authenticated'::name)",
    "(team = (auth.jwt() ->> 'team'::text) COLLATE \"C\")",
    "(team = E'a'::text)",
    "(random() < 0.5)",
    "(gone < '2020-01-01 00:00:00+00'::timestamp with time zone)",  # a cast that a setting has a say in
    "(user_id = auth.uid(), 1)) = (1",
    "(org = ((current_setting('app.org'::text))::integer))",
    # Where fewer rows may let more be seen, row security of what is read cannot be left out.
    "(NOT (team IN ( SELECT members.team\n   FROM public.members\n  WHERE (members.who = auth.uid()))))",
    "((EXISTS ( SELECT 1\n   FROM public.members)) IS NOT TRUE)",
    "(( SELECT m.team\n   FROM public.members m) IS NULL)",
    "(( SELECT count(*) AS count\n   FROM public.members m\n  WHERE (m.who = auth.uid())) = 0)",
    "(( SELECT m.team\n   FROM public.members m\n LIMIT 1) = 'admin'::text)",
    "(EXISTS ( SELECT 1\n   FROM (public.members m\n     LEFT JOIN public.members o ON ((o.team = m.team)))))",
    "(EXISTS ( SELECT 1\n   FROM public.members m\n  WHERE (NOT (m.team IN ( SELECT o.team\n   FROM public.others o)))))",
    "(team IN ( SELECT DISTINCT ON (m.kind) m.team\n   FROM public.members m\n  WHERE (m.who = auth.uid())))",
    "(team <> ALL ( SELECT members.team\n   FROM public.members))",
    "(EXISTS ( SELECT 1\n   FROM public.teams() t(t)))",
    "(EXISTS ( SELECT haulback_claims.haulback_number\n   FROM public.haulback_claims))",
]


@pytest.mark.parametrize("expression", READ)
def test_what_is_understood(expression: str) -> None:
    assert told(recognised(policy(expression), COLUMNS, FUNCTIONS)) == READ[expression]


@pytest.mark.parametrize("expression", OTHERS)
def test_everything_else_is_asked_for(expression: str) -> None:
    found = recognised(policy(expression), COLUMNS, FUNCTIONS)
    assert any(isinstance(leaf, Asked) for leaf in forms.leaves(found)), found


def test_what_may_run_code_that_is_not_shown_is_asked_for() -> None:
    hidden = policy("((org > 5) AND (user_id = auth.uid()))", plain=False)  # a cast that the text has not, say
    assert told(recognised(hidden, COLUMNS, FUNCTIONS)) == "all(asked; user_id = auth.uid())"


def test_what_hides_the_code_that_it_runs_is_asked_for() -> None:
    hidden = Policy(True, "((user_id = auth.uid()) AND (NULLIF(team, ''::text) IS NULL))", plain=True, shown=False)  # noqa: FBT003 - permissive
    assert told(recognised(hidden, COLUMNS, FUNCTIONS)) == "asked"


def test_permissive_policies_let_pass_and_restrictive_ones_keep() -> None:
    given_ = [policy("(gone IS NULL)", permissive=False), policy("is_public"), policy("(user_id = auth.uid())")]
    assert told(understood(given_, COLUMNS, FUNCTIONS)) == (
        "all(any(is_public among t; user_id = auth.uid()); gone among NULL)"
    )
    assert told(understood([], COLUMNS, FUNCTIONS)) == "all(any())"  # which nothing passes


def test_a_sieve_lets_everything_pass_that_is_not_understood() -> None:
    uid = Claim("auth.uid()", "uuid")
    asked = "public.is_member(team)"
    own = ("(", uid, " = (user_id))")
    one = ("(", *own, ")")
    for policies, expected in (
        ([policy("(user_id = auth.uid())")], ("(", *one, ")")),
        ([policy(f"((user_id = auth.uid()) AND {asked})")], ("(", "(", *one, ")", ")")),
        ([policy(f"((user_id = auth.uid()) OR {asked})")], None),
        ([policy("(user_id = auth.uid())"), policy(asked)], None),
        ([policy("(user_id = auth.uid())"), policy(asked, permissive=False)], ("(", *one, ")")),
        ([], ("(", "false", ")")),
    ):
        found = forms.sieve(understood(policies, COLUMNS, FUNCTIONS))
        assert found == expected


def test_who_has_the_same_claims_sees_the_same_unless_tables_are_read() -> None:
    for expression, same in (
        ("((user_id = auth.uid()) OR (org > 5))", True),
        ("public.is_member(team)", False),
        ("(EXISTS ( SELECT 1\n   FROM public.members m\n  WHERE (m.who = auth.uid())))", False),
    ):
        assert forms.whole(recognised(policy(expression), COLUMNS, FUNCTIONS)) is same


@given(st.text(alphabet="()[]='\"<> auth.uid()user_idSELECTANDORNOTINARRAYEXISTS::text,>-", max_size=80))
def test_any_expression_is_looked_at_without_failing(expression: str) -> None:
    recognised(policy(f"({expression})"), COLUMNS, FUNCTIONS)


@pytest.mark.parametrize(
    "expression",
    [
        f"(user_id = {'( SELECT ' * 20_000}",
        f"({' AND '.join(['(user_id = auth.uid())'] * 5_000)})",
        f"(team = ANY (ARRAY[{', '.join(['auth.role()'] * 20_000)}]))",
        "(" * 59 + "(user_id = auth.uid())" + ")" * 59,
        "(team = '" + "''" * 50_000,
    ],
)
def test_long_expressions_are_read_at_once(expression: str) -> None:
    recognised(policy(expression), COLUMNS, FUNCTIONS)  # would take minutes if its time were quadratic


def test_long_bodies_take_one_pass() -> None:
    assert not of_claims_only("select " + " " * 100_000 + "now()")
    assert not of_claims_only("'" + "''" * 50_000)


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ("SELECT coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''), 'x')::uuid", True),
        ("select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub';", True),
        ("select id from public.users", False),
        ("select current_setting('app.user')", False),
        ("select gen_random_uuid()", False),
    ],
)
def test_functions_of_the_claims_alone(body: str, *, known: bool) -> None:
    assert of_claims_only(body) is known
