from __future__ import annotations

import hashlib
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.migrations.errors import (
    CopyFromStdin,
    NotUtf8,
    NulByte,
    PsqlCommand,
    SyntaxRefused,
    TransactionControl,
)
from haulback.migrations.parse import read_script, script
from haulback.model.migration import Script


def parsed(text: str) -> Script:
    return script(Path("1_it.sql"), text)


def shape(text: str) -> list[tuple[bool, list[str]]]:
    return [(unit.transactional, [one.text for one in unit.statements]) for unit in parsed(text).units]


@pytest.mark.parametrize("text", ["", "\n", "-- nothing\n", "/* nothing */", ";;\n;", "begin; commit;"])
def test_empty_and_comment_only_files_have_no_statements(text):
    assert parsed(text).units == ()
    assert parsed(text).transactional


def test_places_are_of_the_first_word_in_characters():
    found = parsed("-- é\nselect 'ü'; /* ö */ select 2;\n\n  select\n 3")

    assert [(one.line, one.column) for one in found.statements] == [(2, 1), (2, 21), (4, 3)]
    assert [one.text for one in found.statements] == ["select 'ü'", "select 2", "select\n 3"]


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        ("selec 1", 1, 1, 'at or near "selec"'),
        ("select 'éé' ; selec 1", 1, 15, 'at or near "selec"'),
        ("select 1;\nselect 'ü'\n, 'ü' x y", 3, 9, 'at or near "y"'),
        ("select 'abc", 1, 8, "unterminated quoted string"),
        ("select 1;\n/* open", 2, 1, "unterminated"),
        ("select (1", 1, 10, "at end of input"),
        ("create table t (\n  a int,\n);", 3, 1, 'at or near ")"'),
    ],
)
def test_a_syntax_error_has_its_place(text, line, column, problem):
    with pytest.raises(SyntaxRefused) as caught:
        parsed(text)

    assert (line, column) == (caught.value.line, caught.value.column)
    assert problem in caught.value.message
    assert caught.value.message.startswith(f"1_it.sql:{line}:{column}: ")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("\\i other.sql", "\\i"),
        ("select 1;\n  \\copy t from 'x'", "\\copy"),
        ("--\n-- dump\n\\restrict abc\nselect 1;", "\\restrict"),
        ("\\connect db", "\\connect"),
    ],
)
def test_commands_of_psql_are_named(text, command):
    with pytest.raises(PsqlCommand) as caught:
        parsed(text)

    assert command == caught.value.command


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("COPY t (a, b) FROM stdin;\n1\tfoo\n\\.\n", 2),
        ("select 1;\ncopy public.t from stdin with (format csv);\n\\.\n", 3),
        ("copy t from stdin;\n", 1),
        ("copy t -- all of it; really\n from stdin;\nfoo bar\n", 3),
    ],
)
def test_rows_inside_the_file_are_refused_as_what_they_are(text, line):
    with pytest.raises(CopyFromStdin) as caught:
        parsed(text)

    assert line == caught.value.line


def test_a_mistake_after_words_about_copy_is_a_mistake():
    with pytest.raises(SyntaxRefused):
        parsed("-- copy t from stdin;\nselec 1")


def test_copy_from_a_file_of_the_server_is_a_statement():
    assert [one.kind for one in parsed("copy t from '/x'").statements] == ["copy"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("begin; select 1; commit;", [(True, ["select 1"])]),
        ("BEGIN; select 1; select 2; END;", [(True, ["select 1", "select 2"])]),
        (
            "select 0; start transaction; select 1; commit; select 2; begin work; select 3; commit",
            [(True, ["select 0"]), (True, ["select 1"]), (True, ["select 2"]), (True, ["select 3"])],
        ),
        (
            "begin; savepoint a; select 1; rollback to savepoint a; release a; commit;",
            [(True, ["savepoint a", "select 1", "rollback to savepoint a", "release a"])],
        ),
        (
            "select 1; vacuum; select 2; select 3",
            [(True, ["select 1"]), (False, ["vacuum"]), (True, ["select 2", "select 3"])],
        ),
    ],
)
def test_units_are_what_commits_together(text, expected):
    assert expected == shape(text)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("begin; select 1; rollback;", "ROLLBACK"),
        ("abort;", "ROLLBACK"),
        ("begin; prepare transaction 'x';", "PREPARE"),
        ("commit prepared 'x';", "COMMIT PREPARED"),
    ],
)
def test_what_takes_the_transaction_from_us_is_refused(text, command):
    with pytest.raises(TransactionControl) as caught:
        parsed(text)

    assert command == caught.value.command


def test_a_byte_that_is_not_utf8_and_a_nul_are_told_with_their_place(tmp_path):
    latin, nul, wide = tmp_path / "1_latin.sql", tmp_path / "2_nul.sql", tmp_path / "3_wide.sql"
    latin.write_bytes("select 'é'".encode("latin-1"))
    nul.write_bytes(b"select 1;\nselect '\0';")
    wide.write_bytes("select 1".encode("utf-16"))

    with pytest.raises(NotUtf8, match=r"1_latin\.sql: byte 8 "):
        read_script(latin)
    with pytest.raises(NulByte, match=r"2_nul\.sql:2: "):
        read_script(nul)
    with pytest.raises(NotUtf8, match="byte 0 "):
        read_script(wide)


def test_an_expression_deeper_than_a_message_may_be_is_read():
    deep = " || ".join(["'a'"] * 2000)
    union = " union all ".join(["select 1"] * 2000)

    assert [f"select {deep}", union] == [one.text for one in parsed(f"select {deep};{union};").statements]


_SOURCES = [
    "select 1", "create table é (a text default 'ü;--')", "insert into t values (1, E'a\\'b;')",
    "do $x$ begin perform 1; end $x$", "create function f() returns int language sql as $$ select 1; $$",
    "create function g() returns int begin atomic select 1; select 2; end", 'alter table "a;b" add c int',
    "create rule r as on insert to t do also (select 1; select 2)", "select '\\'", "vacuum", "savepoint a",
    "comment on table t is 'it''s; /* no comment */'",
]  # fmt: skip
_GAPS = [";", ";\n", " ; ", ";\n-- a; b\n", ";/* ; */", ";\n/* nested /* ; */ */\n;", ";\t;\r\n"]


@given(st.lists(st.tuples(st.sampled_from(_SOURCES), st.sampled_from(_GAPS)), max_size=8))
def test_taking_a_file_apart_loses_no_statement(parts):
    text = "".join(source + gap for source, gap in parts)

    found = parsed(text).statements

    assert [source for source, _ in parts] == [one.text for one in found]
    lines = text.split("\n")
    for one in found:
        assert "\n".join([lines[one.line - 1][one.column - 1 :], *lines[one.line :]]).startswith(one.text)


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200))
def test_any_text_is_parsed_or_refused_with_a_place_inside_it(text):
    line, column, lines = 1, 1, text.split("\n")
    try:
        parsed(text)
    except (SyntaxRefused, PsqlCommand, CopyFromStdin, TransactionControl) as refused:
        line, column = refused.line, refused.column
    assert 1 <= line <= len(lines)
    assert 1 <= column <= len(lines[line - 1]) + 1


@given(st.lists(st.sampled_from(["select 1;", "-- é", "", "select 'x", "y';"]), max_size=6))
def test_a_byte_order_mark_and_the_ends_of_lines_make_no_other_file(tmp_path_factory, lines):
    file = tmp_path_factory.mktemp("ends") / "1_it.sql"
    hashes = set()
    for mark in (b"", b"\xef\xbb\xbf"):
        for end in ("\n", "\r\n"):
            file.write_bytes(mark + end.join(lines).encode())
            try:
                hashes.add(read_script(file).sha256)
            except SyntaxRefused:
                hashes.add("refused")
    expected = hashlib.sha256("\n".join(lines).encode()).hexdigest()

    assert hashes in ({expected}, {"refused"})


def test_many_statements_in_one_line_have_their_columns():
    text = "select 'é';" * 30_000

    found = parsed(text).statements

    assert [1 + 11 * number for number in range(30_000)] == [one.column for one in found]
    assert {1} == {one.line for one in found}


def test_portions_of_a_large_file_join_without_a_seam():
    row = "insert into t values ('" + "x" * 1000 + "');\n"
    text = row * 5000  # five portions

    tracemalloc.start()
    found = parsed(text).statements
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert list(range(1, 5001)) == [one.line for one in found]
    assert {row.strip().rstrip(";")} == {one.text for one in found}
    assert peak < 10 * len(text)
