"""Where a part of a statement stands: after other statements, after letters of several bytes, on later lines."""

from __future__ import annotations

from pathlib import Path

from haulback.hazards.scanning import scan

TEXT = """-- ü
select 1;
select 'ä', 2; select
  'ö', count(*), later();
"""


def test_the_place_of_a_part():
    statements, _ = scan(Path("one.sql"), TEXT)
    calls = {one.funcname[0].string.sval: one for one in statements[2].parts("FuncCall")}
    assert statements[2].place(calls["count"].location) == (4, 8)
    assert statements[2].place(calls["later"].location) == (4, 18)


def test_the_same_where_the_tree_is_made_again():
    text = TEXT.replace("later()", f"later(), '{'x' * 70_000}'")
    statements, _ = scan(Path("one.sql"), text)
    (call,) = [one for one in statements[2].parts("FuncCall") if one.funcname[0].string.sval == "later"]
    assert statements[2].place(call.location) == (4, 18)


def test_a_part_without_a_place_stands_where_its_statement_does():
    statements, _ = scan(Path("one.sql"), TEXT)
    assert statements[1].place(-1) == (3, 1)
