"""Only policies of the exact forms are told without asking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.realtime.changes.policies import Always, Comparison, of_claims_only, recognised
from haulback.gateway.realtime.changes.tables import Column, Policy

CLAIMS = frozenset({"auth.uid", "auth.jwt", "auth.role"})


def column(name: str, base: int, *, type_: int | None = None, deterministic: bool = True) -> Column:
    return Column(name, "t", base if type_ is None else type_, "t", "t", base, "b", 0, "", ",", deterministic)


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
    )
}
FORMS = {
    "true": Always(passes=True),
    "false": Always(passes=False),
    "(user_id = auth.uid())": Comparison("user_id", "auth.uid()"),
    "(auth.uid() = user_id)": Comparison("user_id", "auth.uid()"),
    "(( SELECT auth.uid() AS uid) = user_id)": Comparison("user_id", "( SELECT auth.uid() AS uid)"),
    '("We ""ird" = auth.uid())': Comparison('We "ird', "auth.uid()"),
    "((user_id)::text = (auth.jwt() ->> 'sub'::text))": Comparison("user_id", "(auth.jwt() ->> 'sub'::text)"),
    "((code)::text = auth.role())": Comparison("code", "auth.role()"),
    "(org = ((( SELECT auth.jwt() AS jwt) ->> 'org'::text))::integer)": Comparison(
        "org", "((( SELECT auth.jwt() AS jwt) ->> 'org'::text))::integer"
    ),
    "(team = 'a = (b'::text)": Comparison("team", "'a = (b'::text"),
    "(team = COALESCE((auth.jwt() ->> 'team'::text), 'none'::text))": Comparison(
        "team", "COALESCE((auth.jwt() ->> 'team'::text), 'none'::text)"
    ),
    "(user_id = (((current_setting('request.jwt.claims'::text, true))::json ->> 'sub'::text))::uuid)": Comparison(
        "user_id", "(((current_setting('request.jwt.claims'::text, true))::json ->> 'sub'::text))::uuid"
    ),
}
OTHERS = [
    "",
    "(user_id = auth.email())",  # not known to depend on the claims alone
    "(user_id = public.uid())",
    "(user_id OPERATOR(public.=) auth.uid())",
    "((user_id = auth.uid()) AND (org = 1))",
    "((user_id = auth.uid()) OR (org = 1))",
    "(NOT (user_id = auth.uid()))",
    "(user_id IN ( SELECT auth.uid() AS uid))",
    "(user_id = ( SELECT members.id FROM public.members))",
    "(user_id = ( SELECT auth.uid() AS uid FROM public.members))",
    "(price = (auth.jwt() ->> 'price'::text)::numeric)",  # 1.0 equals 1
    "(name = (auth.jwt() ->> 'name'::text))",  # a collation that sees more than bytes
    "(domain = auth.uid())",
    "(unknown = auth.uid())",
    "(org = 1 = true)",
    "(user_id = user_id)",
    "(org = (1)::integer)",
    "(team = (auth.jwt() ->> 'team'::text) COLLATE \"C\")",
    "(team = current_setting('app.team'::text))",
    "(team = E'a'::text)",
    "(user_id = auth.uid(), 1)) = (1",
    "user_id = auth.uid()",
    "(team = ANY (ARRAY['a'::text]))",
    "(user_id = auth.uid()) = (true)",
]


@pytest.mark.parametrize("expression", FORMS)
def test_the_exact_forms(expression: str) -> None:
    assert recognised(Policy(permissive=True, expression=expression), COLUMNS, CLAIMS) == FORMS[expression]


@pytest.mark.parametrize("expression", OTHERS)
def test_everything_else_is_asked_for(expression: str) -> None:
    assert recognised(Policy(permissive=True, expression=expression), COLUMNS, CLAIMS) is None


@given(st.text(alphabet="()='\" auth.uid()user_idSELECT::text,>-", max_size=80))
def test_any_expression_is_looked_at_without_failing(expression: str) -> None:
    recognised(Policy(permissive=True, expression=f"({expression})"), COLUMNS, CLAIMS)


def test_long_expressions_take_one_pass() -> None:
    assert recognised(Policy(permissive=True, expression=f"(user_id = {'( SELECT ' * 20_000}"), COLUMNS, CLAIMS) is None
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
