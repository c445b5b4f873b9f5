"""Without what it needs, what a lint looks for cannot exist."""

from __future__ import annotations

import pytest

from haulback.advice import here
from haulback.advice.here import Here

ALL = Here(
    extensions=frozenset({"pg_graphql"}),
    schemas=frozenset({"pgmq"}),
    roles=frozenset({"anon"}),
    relations=frozenset({"auth.users"}),
)


@pytest.mark.parametrize(
    ("need", "lacking"),
    [
        (here.extension("pg_graphql"), "the extension pg_graphql is not installed"),
        (here.schema("pgmq"), "there is no schema pgmq"),
        (here.relation("auth.users"), "there is no table auth.users"),
        (here.role("anon"), "there is no role anon"),
        (here.api_role, "there is no role anon or authenticated"),
    ],
)
def test_a_need(need, lacking):
    assert need(Here()) == lacking
    assert not need(ALL)
