"""A statement whose tree would be too deep is refused by its text: the parser would end the process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.migrations import grammar, parse
from haulback.migrations.depth import DEEPEST, too_deep
from haulback.migrations.errors import SyntaxRefused

LONG = DEEPEST + 50
# What makes a chain, as begin, link and end.
CHAINS = {
    "operators": ("select 1", "+1", ""),
    "concatenation": ("select 'a'", "||'a;'", ""),
    "casts": ("select 1", "::int", ""),
    "tests": ("select a", " is null", ""),
    "collations": ("select a", ' collate "C"', ""),
    "time zones": ("select a", " at time zone 'UTC'", ""),
    "joins": ("select a.b, a.c from a", " join b on a.b = b.a and true", ""),
    "queries": ("select 1, 2", " union all select 1, 2", ""),
    "named operators": ("select 1", " operator(pg_catalog.+) 1", ""),
    "sums of cases": ("select 0", " + case when a then 1 else 2 end", ""),
    "in parentheses": ("select f(2, (1", "-1", "), 'x')"),
    "behind a quote": ("select e'\\'', '--', \"--\", $a$ ' $a$, 1", "+1", ""),
    "behind comments": ("-- '\nselect /* ' */ 1", "*1", ""),
}
# What is long and flat.
FLAT = {
    "rows": ("insert into t values (1, 'a;b', now() - interval '1 day')", ", (1, '--', 1 + 2 * 3)", ""),
    "conditions": ("select 1 where a = 1", " or a = 1 and b + 1 = 2", ""),
    "branches": ("select case", " when a = 1 then b + 1", " end"),
    "sums": ("select 1", ", 1 + 1", ""),
    "a literal": ("select '", "+1", "'"),
    "a body": ("do $$ begin ", "x := x + 1; ", "end $$"),
    "a comment": ("select 1 /* ", "+1", "*/"),
}


def chain(kind: tuple[str, str, str], count: int) -> str:
    return kind[0] + kind[1] * count + kind[2]


def depth_of(text: str) -> int | None:
    return too_deep(text.encode(), 0, len(text.encode()))


@pytest.mark.parametrize("kind", CHAINS)
def test_a_long_chain_is_refused(kind):
    with pytest.raises(grammar.NotSql, match="nests more than 10000 deep"):
        list(grammar.statements(chain(CHAINS[kind], LONG).encode()))


@pytest.mark.parametrize("kind", FLAT)
def test_what_is_flat_is_taken_however_long(kind):
    (one,) = grammar.statements(chain(FLAT[kind], LONG * 2).encode())
    assert one.name


def test_what_is_taken_does_not_end_the_process():
    """The deepest chain of each kind that is let through, in a process of its own."""
    texts = [chain(kind, DEEPEST - 500) for kind in CHAINS.values()]
    program = """
import json, sys
from haulback.migrations import grammar
for text in json.load(sys.stdin):
    print(len(list(grammar.statements(text.encode()))))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1"] * len(CHAINS)


def test_the_place_is_told():
    with pytest.raises(SyntaxRefused) as refused:
        parse.script(Path("deep.sql"), "select 'ü';\nselect 1" + "+1" * LONG + ";\n")
    assert refused.value.message == f"deep.sql:2:{9 + 2 * DEEPEST}: it nests more than 10000 deep here"


def test_only_the_chains_that_hold_each_other_add_up():
    half = "1" + "+1" * (DEEPEST // 2 + 10)
    assert depth_of(f"select ({half}), ({half})") is None
    assert depth_of(f"select {half} + ({half})") is not None


def test_a_short_text_is_not_even_read():
    assert depth_of("+" * (2 * DEEPEST - 1)) is None


@given(st.text(alphabet=st.sampled_from("ab'\"$()[];,+-*/ \\\n"), max_size=60))
def test_any_text_is_read_to_its_end(text):
    depth_of(text * 1000)
