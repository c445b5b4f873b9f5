"""Which comments silence a hazard, and of which statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.hazards.ignores import ignores
from haulback.hazards.levels import Levels
from haulback.hazards.linting import Findings, lint
from haulback.hazards.scanning import Text, scan
from haulback.model.hazard import Known


def read(text: str) -> list[tuple[str, str, int | None]]:
    statements, _ = scan(Path("a.sql"), text)
    return [(one.id, one.reason, one.number) for one in ignores(text, statements)]


def linted(text: str) -> Findings:
    return lint([Text(Path("a.sql"), text)], Known(), Levels(), squawk=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-- haulback:ignore a why not\nselect 1;", [("a", "why not", 0)]),
        ("select 1; -- haulback:ignore a why", [("a", "why", 0)]),
        ("select 1; select 2; -- haulback:ignore a why", [("a", "why", 1)]),
        ("select 1;\n-- haulback:ignore a why\nselect 2;", [("a", "why", 1)]),
        ("select\n  -- haulback:ignore a why\n  1;", [("a", "why", 0)]),
        ("select 'é';\n-- haulback:ignore a wié\nselect 2;", [("a", "wié", 1)]),
        ("--haulback:ignore a why\r\nselect 1;\r\n", [("a", "why", 0)]),
        ("select 1;\n-- haulback:ignore a why", [("a", "why", None)]),
        ("-- haulback:ignore\nselect 1;", [("", "", 0)]),
        ("-- haulback:ignore a\nselect 1;", [("a", "", 0)]),
        ("-- haulback:ignore a, b why\nselect 1;", [("a", "why", 0), ("b", "why", 0)]),
        ("-- haulback:ignore a x -- y -- haulback:ignore b z\nselect 1;", [("a", "x -- y", 0), ("b", "z", 0)]),
        ("do $$ begin\n  -- haulback:ignore a why\n  null;\nend $$;", [("a", "why", 0)]),
    ],
)
def test_a_comment_counts(text, expected):
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "select '-- haulback:ignore a why';",
        "select e'\\'-- haulback:ignore a why';",
        'select 1 as "-- haulback:ignore a why";',
        "select $$ -- haulback:ignore a why\n $$;",
        "select $x$ $$ -- haulback:ignore a why\n $x$;",
        "create function f() returns int language sql as $$\n-- haulback:ignore a why\nselect 1 $$;",
        "do $$ begin perform '-- haulback:ignore a why'; end $$;",
        "/* /* */ -- haulback:ignore a why\n */ select 1;",
        "-- see haulback:ignore a why\nselect 1;",
        "-- haulback:ignored a why\nselect 1;",
        "-- -- haulback:ignore a why\nselect 1;",
    ],
)
def test_what_is_no_such_comment_does_not(text):
    assert read(text) == []


def test_a_fault_before_it_does_not_hide_it():
    assert read("selec 1 'x;\n'; selec;\n-- haulback:ignore a why\nselect 1;")[-1][:2] == ("a", "why")


def test_one_statement_is_silenced_and_not_its_neighbour():
    found = linted("-- haulback:ignore drop-table it was empty\ndrop table a;\ndrop table b;\n")
    assert [(one.id, one.subject) for one in found.hazards if one.id == "drop-table"] == [("drop-table", "public.b")]
    assert found.silenced == 1


def test_the_body_of_a_block_silences_the_block():
    found = linted("do $$ begin\n  -- haulback:ignore drop-table it was empty\n  drop table a;\nend $$;\n")
    assert "drop-table" not in {one.id for one in found.hazards}


@pytest.mark.parametrize(
    ("comment", "id_", "told"),
    [
        ("no-such-thing why", "unknown-ignore", "there is no hazard no-such-thing"),
        ("ban-drop-table why", "unknown-ignore", "ban-drop-table is squawk's name: here it is drop-table"),
        ("", "unknown-ignore", "the ignore names no hazard"),
        ("drop-table", "unexplained-ignore", "the ignore of drop-table gives no reason, and silences nothing"),
        ("not-sql because", "unused-ignore", "nothing here raises not-sql"),
    ],
)
def test_an_ignore_that_does_nothing_is_a_finding(comment, id_, told):
    found = linted(f"-- haulback:ignore {comment}\ndrop table a;\n")
    assert [(one.line, one.told) for one in found.hazards if one.id == id_] == [(1, told)]
    assert "drop-table" in {one.id for one in found.hazards}


def test_many_in_one_file():
    text = "".join(f"-- haulback:ignore drop-table it was empty\ndrop table a{one};\n" for one in range(2000))
    assert linted(text).silenced == 2000
