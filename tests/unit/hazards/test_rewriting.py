"""Rewrites take the place of their statements; everything else of a file stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.hazards.levels import Levels
from haulback.hazards.rewrites.rewriting import rewritten
from haulback.migrations import parse
from haulback.model.hazard import Known
from haulback.model.rewriting import Rewritten
from haulback.model.target import Environment

PATH = Path("1.sql")
INDEX = "create index orders_note on orders (note)"


def applied(text: str, known: Known | None = None) -> Rewritten:
    return rewritten(text, PATH, known or Known(), Levels(Environment.PRODUCTION))


def test_a_statement_is_replaced_and_the_rest_stays() -> None:
    text = f"-- before\nselect 1; -- one\n\n{INDEX}; -- behind\n/* end */\n"
    found = applied(text)
    assert found.text == text.replace("create index", "create index concurrently")
    assert [(one.id, one.line) for one in found.applied] == [("index-not-concurrent", 4)]
    assert found.left == ()


def test_a_second_time_changes_nothing() -> None:
    once = applied(f"{INDEX};\nselect 1;\n")
    twice = applied(once.text)
    assert (twice.text, twice.applied) == (once.text, ())


def test_what_an_ignore_silences_stays() -> None:
    text = f"-- haulback:ignore index-not-concurrent the table is tiny\n{INDEX};\n"
    assert applied(text).text == text


def test_what_stands_in_a_do_block_stays() -> None:
    text = f"do $$ begin {INDEX}; end $$;\n"
    assert applied(text).text == text


def test_comments_inside_a_statement_are_kept_before_it() -> None:
    found = applied("create /* why */ index orders_note -- which\n on orders (note);\n")
    assert "/* why */" in found.text
    assert "-- which" in found.text
    assert parse.script(PATH, found.text).units[0].transactional is False


def test_inside_begin_and_commit_the_block_is_left_and_entered_again() -> None:
    found = applied(f"begin;\nselect 1;\n{INDEX};\nselect 2;\ncommit;\n")
    assert found.text == (
        "begin;\nselect 1;\ncommit;\ncreate index concurrently orders_note on orders (note);\nbegin;\nselect 2;\ncommit;\n"
    )
    assert [unit.transactional for unit in parse.script(PATH, found.text).units] == [True, False, True]


@pytest.mark.parametrize(
    "bound",
    [
        "set local search_path = private",
        "lock table orders in share mode",
        "savepoint here",
        "create temp table kept (id int) on commit drop",
        "select set_config('search_path', 'private', true)",
    ],
)
def test_no_commit_comes_between_what_holds_until_the_commit(bound: str) -> None:
    text = f"{bound};\n{INDEX};\n"
    found = applied(text)
    assert found.text == text
    assert "line 1 holds only until the commit" in next(one for one in found.left if one.rewrite).advice


@pytest.mark.parametrize(
    "text",
    [
        f"alter table orders drop constraint a;\n{INDEX};\nalter table orders add constraint a check (total > 0);\n",
        f"drop policy own on orders;\n{INDEX};\ncreate policy own on orders using (false);\n",
        "alter table orders drop constraint a;\nalter table orders add constraint a unique (note);\n",
    ],
)
def test_no_commit_comes_between_what_is_dropped_and_what_takes_its_place(text: str) -> None:
    found = applied(text)
    assert ("concurrently" in found.text) is False
    assert any("would be without what line 1 takes away" in one.advice for one in found.left)


def test_a_constraint_that_is_put_back_before_the_commit_is_safe() -> None:
    found = applied("alter table orders drop constraint a;\nalter table orders add constraint a check (total > 0);\n")
    assert "not valid;\ncommit;\n" in found.text


def test_a_file_that_does_not_parse_stays() -> None:
    text = f"{INDEX};\nselect from from;\n"
    assert applied(text).text == text


def test_a_file_that_ends_with_a_rollback_stays() -> None:
    text = f"begin;\n{INDEX};\nrollback;\n"
    assert applied(text).text == text


def test_line_ends_and_signs_outside_ascii_stay() -> None:
    text = f"-- größe €\r\nselect 'ä';\r\n{INDEX};\r\n"
    assert applied(text).text == text.replace("create index", "create index concurrently")


def test_several_statements_in_one_line_are_told_apart() -> None:
    found = applied(f"{INDEX}; select 1; create index orders_total on orders (total);")
    assert found.text.count("concurrently") == 2
    assert [one.line for one in found.applied] == [1, 1]


_FILLER = st.sampled_from(
    [
        "-- a comment; with create index in it\n",
        "/* create index x on y (z); */",
        "\n\n",
        " ",
        "\t",
        "select $$create index a on b (c);$$;\n",
        "select 'ü;', \"ö\" from t;\n",
        "create table fresh (id bigint primary key);",
    ]
)


@given(st.lists(st.tuples(_FILLER, st.booleans()), max_size=12))
def test_text_outside_statements_is_never_touched(parts: list[tuple[str, bool]]) -> None:
    written = "".join(filler + (f"{INDEX};" if index else "") for filler, index in parts)
    safe = "".join(
        filler + (f"{INDEX};".replace("index", "index concurrently", 1) if index else "") for filler, index in parts
    )
    found = applied(written)
    assert found.text == safe
    assert applied(found.text).text == safe
