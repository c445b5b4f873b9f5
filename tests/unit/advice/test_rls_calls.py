"""Which calls of a policy's expression are made again for every row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.advice.rls_calls import per_row


@pytest.mark.parametrize(
    ("expression", "calls"),
    [
        ("(owner = auth.uid())", ("auth.uid()",)),
        ("(owner = ( SELECT auth.uid() AS uid))", ()),
        ("((owner = ( SELECT auth.uid() AS uid)) AND (role = auth.role()))", ("auth.role()",)),
        ("(team = ( SELECT (auth.jwt() ->> 'team'::text)))", ()),
        ("(team = (( SELECT auth.jwt() AS jwt) ->> 'team'::text))", ()),
        ("(team = current_setting('app.team'::text, true))", ("current_setting()",)),
        ("(team = ( SELECT current_setting('app.team'::text, true) AS current_setting))", ()),
        ("(EXISTS ( SELECT 1 FROM members m WHERE (m.who = auth.uid())))", ("auth.uid()",)),
        ("(EXISTS ( SELECT 1 FROM members m WHERE (m.who = ( SELECT auth.uid() AS uid))))", ()),
        ("( SELECT (auth.uid() IS DISTINCT FROM '0'::uuid))", ()),
        ("(note = 'auth.uid()'::text)", ()),
        ('("auth.uid()" = 1)', ()),
        ("public.is_member(team)", ()),
        ("", ()),
    ],
)
def test_calls(expression, calls):
    assert per_row(expression) == calls


@given(st.text(alphabet="()' \"", max_size=30), st.text(alphabet="()' \"", max_size=30))
def test_any_text_has_an_answer(before, after):
    assert set(per_row(f"{before} auth.uid() select from current_setting( {after}")) <= {
        "auth.uid()",
        "current_setting()",
    }
