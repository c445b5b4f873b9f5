"""The pure parts that write or settle text: privileges, literals, canonical prints, majors."""

from __future__ import annotations

import pytest

from haulback.pg.catalog.canonical import canonical, retold
from haulback.pg.catalog.kind import describe, kinds
from haulback.pg.catalog.majors import as_of
from haulback.pg.catalog.privileges import Entry, difference, from_default, grantees, grants, parse, revoke_all
from haulback.pg.catalog.quoting import foreign_options, literal, option_list, split_list, unquoted


def test_an_entry_is_parsed() -> None:
    assert parse("anon=r*w/postgres") == Entry('"anon"', ("UPDATE",), ("SELECT",), '"postgres"')
    assert parse("=X/postgres").grantee == "PUBLIC"
    assert parse('"odd=na/me"=U/"x y"') == Entry('"odd=na/me"', ("USAGE",), (), '"x y"')
    with pytest.raises(ValueError, match="not an access control entry"):
        parse("nonsense")


def test_neighbours_with_equal_privileges_share_a_statement_and_the_order_stays() -> None:
    assert grants("TABLE t", ["a=r/o", "b=r/o", "c=w/o", "d=r/o"], '"o"') == [
        'GRANT SELECT ON TABLE t TO "a", "b"',
        'GRANT UPDATE ON TABLE t TO "c"',
        'GRANT SELECT ON TABLE t TO "d"',
    ]


def test_an_entry_with_and_without_grant_option_stays_whole() -> None:
    assert grants("TABLE t", ["a=rw*/o", "b=rw*/o"], "o") == [
        'GRANT SELECT ON TABLE t TO "a"',
        'GRANT UPDATE ON TABLE t TO "a" WITH GRANT OPTION',
        'GRANT SELECT ON TABLE t TO "b"',
        'GRANT UPDATE ON TABLE t TO "b" WITH GRANT OPTION',
    ]


def test_what_another_granted_is_granted_by_that_role() -> None:
    assert grants("TABLE t", ["a=r/b"], "o") == ['SET LOCAL ROLE "b"', 'GRANT SELECT ON TABLE t TO "a"', "RESET ROLE"]


def test_columns_stand_behind_each_privilege() -> None:
    assert grants("TABLE t", ["a=rw/o"], None, columns="(c)") == ['GRANT SELECT (c), UPDATE (c) ON TABLE t TO "a"']


def test_a_list_that_starts_with_the_default_is_added_to() -> None:
    assert from_default("TABLE t", ["o=rw/o", "a=r/o"], ["o=rw/o"], "o") == ['GRANT SELECT ON TABLE t TO "a"']
    assert from_default("TABLE t", None, ["o=rw/o"], "o") == []


def test_any_other_list_is_made_from_nothing() -> None:
    assert from_default("TABLE t", ["a=r/o"], ["o=rw/o"], "o") == [
        'REVOKE ALL ON TABLE t FROM "o" CASCADE',
        'GRANT SELECT ON TABLE t TO "a"',
    ]
    assert from_default("TABLE t", [], ["o=rw/o"], "o") == ['REVOKE ALL ON TABLE t FROM "o" CASCADE']


def test_grants_change_entry_by_entry_while_their_order_stays() -> None:
    assert difference("TABLE t", ["o=rw/o", "a=rw/o", "b=r/o"], ["o=rw/o", "b=r*/o", "c=w/o"], "o") == [
        'REVOKE SELECT, UPDATE ON TABLE t FROM "a"',
        'GRANT SELECT ON TABLE t TO "b" WITH GRANT OPTION',
        'GRANT UPDATE ON TABLE t TO "c"',
    ]
    assert difference("TABLE t", ["a=r/o"], ["a=r/o"], "o") == []
    assert difference("TABLE t", ["a=r/o", "b=r/o"], ["b=r/o", "a=r/o"], "o") is None


def test_what_another_granted_goes_by_that_role_and_leaves_its_own() -> None:
    assert difference("TABLE t", ["o=r/o", "p=r*/o", "a=r/p", "p=r*/p"], ["o=r/o", "p=r*/o"], "o") == [
        *('SET LOCAL ROLE "p"', 'REVOKE SELECT ON TABLE t FROM "a"', "RESET ROLE"),
        *('SET LOCAL ROLE "p"', 'REVOKE SELECT ON TABLE t FROM "p"', "RESET ROLE"),
    ]


def test_a_grant_option_that_others_hang_on_is_not_taken_back_alone() -> None:
    assert difference("TABLE t", ["p=r*/o", "a=r/p"], ["a=r/p"], "o") is None
    assert difference("TABLE t", ["p=r*/o"], ["p=r/o"], "o") is None


@pytest.mark.parametrize(
    ("old", "new", "using"),
    [
        ("character varying(5)", "integer", "c::integer"),
        ("numeric(8,2)", "integer", "c::integer"),
        ("numeric", "boolean", "c::pg_catalog.text::boolean"),
        ("integer", "boolean", "c::boolean"),
        ("public.mood", "smallint", "c::pg_catalog.text::smallint"),
        ("timestamp(3) with time zone", "date", "c::date"),
        ("timestamp with time zone", "integer", "c::pg_catalog.text::integer"),
    ],
)
def test_a_type_without_a_cast_is_reached_by_the_text(old: str, new: str, using: str) -> None:
    facts = {"_name": "c", "_parent": "t", "_parent_kind": "table", "type": old}
    altered = kinds()["column"].change(facts, {**facts, "type": new}, frozenset({"type"}))
    assert altered is not None
    assert altered.statements == (f"ALTER TABLE t ALTER COLUMN c TYPE {new} USING {using}",)


def test_nobody_to_revoke_from_is_no_statement() -> None:
    assert revoke_all("TABLE t", []) == []
    assert grantees(["a=r/o", "=r/o", "a=w/o"]) == ['"a"', "PUBLIC"]


@pytest.mark.parametrize(
    ("value", "written"),
    [("a'b", "'a''b'"), ("a\\b", "E'a\\\\b'"), ("", "''"), (7, "'7'"), ("\\'", "E'\\\\'''")],
)
def test_literals(value: object, written: str) -> None:
    assert literal(value) == written


def test_options_and_lists() -> None:
    assert option_list(["fillfactor=70", "x=a=b"]) == "fillfactor='70', x='a=b'"
    assert foreign_options(["host=a'b"]) == " OPTIONS (\"host\" 'a''b')"
    assert foreign_options(None) == ""
    assert unquoted('"a""b"') == 'a"b'
    assert split_list('"$user", public, "odd, one"') == ["$user", "public", "odd, one"]


WHOLE = "((x)::text = ANY ((ARRAY['a'::character varying, 'b, ]''c'::character varying])::text[]))"
EACH = "((x)::text = ANY (ARRAY[('a'::character varying)::text, ('b, ]''c'::character varying)::text]))"


def test_both_prints_of_a_list_are_one() -> None:
    assert canonical(WHOLE) == EACH
    assert canonical(EACH) == EACH
    assert canonical(f"{WHOLE} AND {WHOLE}") == f"{EACH} AND {EACH}"


def test_a_list_is_written_so_that_the_server_keeps_its_form() -> None:
    assert retold([{"a": WHOLE}]) == [
        {"a": "((x)::text = ANY (ARRAY['a'::character varying, 'b, ]''c'::character varying]))"}
    ]
    assert retold(EACH) == EACH


@pytest.mark.parametrize("text", ["(ARRAY[", "(ARRAY['a", "(ARRAY[1, 2])", "(ARRAY[ARRAY[1]])::integer[]", "''"])
def test_other_text_stays(text: str) -> None:
    assert canonical(text) == text
    assert retold(text) == text


def test_an_older_major_knows_neither_maintain_nor_names_of_not_null() -> None:
    facts = {"acl": ["a=rm*x/o", "mm=m/m"], "not_null": True, "not_null_name": "n", "_not_null_name": "n"}
    assert as_of(facts, 15) == {"acl": ["a=rx/o", "mm=/m"], "not_null": True}
    assert as_of(facts, 17) == {"acl": ["a=rm*x/o", "mm=m/m"], "not_null": True}
    assert as_of(facts, 18) == facts


def test_notes_are_no_part_of_a_definition() -> None:
    described = describe("schema", '{"identity":"s","owner":"o","acl":null,"_default_acl":["o=UC/o"]}', 18)
    assert described.definition == '{"identity":"s","owner":"o"}'
    assert described.create == ("CREATE SCHEMA s", "ALTER SCHEMA s OWNER TO o")
    assert described.drop == ("DROP SCHEMA s",)


def test_each_kind_has_its_query_and_says_what_it_is() -> None:
    assert len(kinds()) > 25
    for name, kind in kinds().items():
        assert kind.query.startswith("-- "), name
        assert "ORDER BY" in kind.query or name == "database"
        assert kind.noun
