"""Whatever a file is, `haulback lint` ends with findings in clear words, never with a traceback."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

GOOD = "select 1;\n"
ROW = "(1234567,'some text of a row','2024-01-01T00:00:00Z',3.14,null,true)"
SIZE = 50_000_000


def test_no_folder(lint):
    ended = lint.json("nowhere")
    assert (ended.exit, ended.document["error"]) == (2, "folder-missing")
    assert "nowhere" in ended.document["message"]


def test_no_folder_of_the_project(lint):
    assert lint.json().document["error"] == "folder-missing"


def test_a_path_through_a_file(lint):
    lint.write("a.sql", GOOD)
    ended = lint.json("a.sql/migrations")
    assert (ended.exit, ended.document["error"]) == (2, "folder-missing")


def test_a_folder_that_does_not_let_us_look(lint):
    folder = lint.folder / "closed"
    if os.geteuid() == 0:  # permissions stop everybody but root; a circle of links stops root, too
        folder.symlink_to(folder.name)
    else:
        folder.mkdir(mode=0)
    ended = lint.json("closed")
    assert (ended.exit, ended.document["error"]) in {(2, "folder-unreadable"), (2, "folder-missing")}
    assert "Traceback" not in ended.stderr


def missing(path: Path) -> None:
    path.unlink()


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere.sql")


def circle(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(1, 256)) * 10)


def zeros(path: Path) -> None:
    path.write_bytes(b"select 1;\n\0")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (missing, "cannot be read: No such file or directory"),
        (fifo, "cannot be read: it is no regular file"),
        (dangling, "cannot be read: No such file or directory"),
        (circle, "cannot be read: Too many levels of symbolic links"),
        (binary, "byte 127 is not UTF-8"),
        (zeros, "there is a NUL byte"),
    ],
)
def test_a_file_that_cannot_be_read_blocks_and_the_rest_is_linted(lint, make, told):
    make(lint.write("1_bad.sql", GOOD))
    lint.write("2_good.sql", "drop table a;\n")
    ended = lint.json("1_bad.sql", "2_good.sql")
    assert ended.exit == 3
    (bad,) = [one for one in ended.document["hazards"] if one["file"] == "1_bad.sql"]
    assert (bad["id"], bad["level"]) == ("unreadable-file", "block")
    assert told in bad["told"]
    assert "drop-table" in {one["id"] for one in ended.document["hazards"]}


def test_a_folder_named_like_a_file(lint):
    (lint.folder / "m" / "1_x.sql").mkdir(parents=True)
    lint.write("m/2_a.sql", "drop table a;\n")
    assert {one["file"] for one in lint.json("m").document["hazards"]} == {"m/2_a.sql"}
    assert lint.json("m/1_x.sql").document["files"] == 0


def test_what_is_no_sql_is_told_with_its_place_and_the_rest_is_linted(lint):
    lint.write("a.sql", "drop table a;\nselect 'é', selec from;\ndrop table b;\n\\i other.sql\n")
    ended = lint.json("a.sql")
    assert ended.exit == 3
    assert [one[:2] for one in ended.found if one[0] in {"drop-table", "not-sql"}] == [
        ("drop-table", 1),
        ("not-sql", 2),
        ("drop-table", 3),
        ("not-sql", 4),
    ]


def test_prose(lint):
    lint.write("a.sql", "Dear reader; this is no SQL; it's prose; \"and more\n" * 500)
    ended = lint.json("a.sql")
    assert ended.exit == 3
    assert len(ended.found) <= 21


@pytest.mark.parametrize("text", [b"", b"\xef\xbb\xbf", b"\r\n", b"-- nothing\n", b";;;\n"])
def test_nothing_in_it(lint, text):
    lint.write("a.sql", text)
    ended = lint.json("a.sql")
    assert (ended.exit, ended.found) == (0, [])


def test_a_byte_order_mark_and_other_line_ends_move_no_place(lint):
    lint.write("a.sql", b"\xef\xbb\xbfselect 1;\r\n  drop table a;\r\n")
    assert ("drop-table", 2, 3) in lint.json("a.sql").found


def test_names_that_are_patterns_or_options(lint):
    for name in ("a[1].sql", "b*.sql", "-c.sql", "d e\n.sql"):
        lint.write(name, "drop table a;\n")
    ended = lint("--json", "--", "a[1].sql", "b*.sql", "-c.sql", "d e\n.sql")
    assert [one[0] for one in ended.found].count("drop-table") == 4
    assert ended.document["unknown"] == []


def test_a_name_that_is_not_utf_8(lint):
    name = os.fsdecode(b"a\xff.sql")
    lint.write(name, "drop table a;\n")
    ended = lint(name)
    assert "[drop-table]" in ended.stdout
    assert lint(name, "--format", "sarif").stdout.count("a%FF.sql") >= 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("select 1" + "+1" * 12_000 + ";", 20_009),
        ("select " + "(" * 60_000 + "1" + ")" * 60_000 + ";", None),
        ("do $$ begin perform 1" + "+1" * 60_000 + "; end $$;", None),
        ("select 1" + " union all select 1" * 60_000 + ";", None),
    ],
)
def test_what_nests_too_deep_is_a_finding(lint, text, place):
    lint.write("a.sql", f"{text}\ndrop table a;\n")
    ended = lint.json("a.sql")
    assert ended.exit in {0, 3}
    assert "drop-table" in {one[0] for one in ended.found}
    if place:
        assert ("not-sql", 1, place) in ended.found


def rows() -> str:
    return "insert into t values " + ",\n".join([ROW] * (SIZE // (len(ROW) + 2))) + ";\n"


def literal() -> str:
    return "insert into t values ('" + "x" * SIZE + "');\n"


@pytest.mark.parametrize("make", [rows, literal])
def test_a_file_of_50_mb_is_linted_in_bounded_memory(lint, make):
    lint.write("a.sql", make() + "drop table a;\n")
    ended = lint.json("a.sql")
    assert "drop-table" in {one[0] for one in ended.found}
    assert ended.document["statements"] == 2


def test_the_same_bad_things_from_standard_input(lint):
    assert ("drop-table", 1, 1) in lint.json("-", stdin=b"\xef\xbb\xbfdrop table a;\r\n").found
    assert lint.json("-", stdin=b"\xff").found == [("unreadable-file", 1, 1)]
    assert lint.json("-", stdin=b"").found == []
    assert "<stdin>:1:1: " in lint("-", stdin=b"selec;").stdout


def test_ignores_of_what_there_is_not(lint):
    lint.write(
        "a.sql",
        b"-- haulback:ignore no-such-thing why\r\n"
        b"-- haulback:ignore ban-drop-table why\r\n"
        b"-- haulback:ignore drop-table it was empty\r\n"
        b"drop table a;\r\n"
        b"select '-- haulback:ignore drop-table in a text';\r\n",
    )
    ended = lint.json("a.sql")
    assert [one[:2] for one in ended.found] == [("unknown-ignore", 1), ("unknown-ignore", 2)]
    assert ended.document["silenced"] == 1


def test_a_hazard_of_the_configuration_that_there_is_not(lint):
    lint.write("haulback.toml", '[hazards]\nno-such-thing = "note"\n')
    ended = lint.json("-")
    assert (ended.exit, ended.document["error"]) == (2, "usage-error")


@pytest.mark.parametrize("script", [None, "exit 101", "echo no json", "kill -9 $$"])
def test_without_an_answer_of_squawk_its_rules_are_unknown_and_nothing_fails(lint, script, tmp_path):
    """The command looks for squawk beside its own interpreter first: here is one that has none, or a broken one."""
    home = tmp_path / "bin"
    home.mkdir()
    (home / "python").symlink_to(Path(sys.executable).resolve())
    if script:
        squawk = home / "squawk"
        squawk.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        squawk.chmod(0o755)
    lint.write("a.sql", "drop table a;\n")
    paths = os.pathsep.join(one for one in sys.path if one)
    ended = lint.json("a.sql", python=str(home / "python"), environment={"PYTHONPATH": paths, "PATH": "/bin:/usr/bin"})
    assert ended.exit == 0, ended.stderr
    (unknown,) = ended.document["unknown"]
    assert "its rules were not asked" in unknown
    assert "drop-table" in {one[0] for one in ended.found}
