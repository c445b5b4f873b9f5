"""Stored rules as PostgreSQL writes them, cut down to what counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.schema.node_tree import origins


def entry(number: int, table: int, column: int, name: str = "a", junk: str = "false", inner: str = "{VAR}") -> str:
    return (
        f"{{TARGETENTRY :expr {inner} :resno {number} :resname {name} :ressortgroupref 0"
        f" :resorigtbl {table} :resorigcol {column} :resjunk {junk}}}"
    )


def rule(*entries: str, before: str = "", after: str = "") -> str:
    listed = f"({' '.join(entries)})" if entries else "<>"
    return f"({{QUERY :commandType 1{before} :targetList {listed} :override 0{after}}})"


def escaped(name: str) -> str:
    """As outToken writes a name."""
    return "".join(f"\\{sign}" if sign in " \n\t(){}\\" else sign for sign in name)


def test_columns_of_tables():
    assert origins(rule(entry(1, 16384, 3), entry(2, 16390, 1))) == {1: (16384, 3), 2: (16390, 1)}


def test_expressions_and_what_is_only_sorted_by_are_left_out():
    assert origins(rule(entry(1, 0, 0), entry(2, 16384, 1, junk="true"))) == {}


def test_no_columns_at_all():
    assert origins(rule(after=" :sortClause ({SORTGROUPCLAUSE :tleSortGroupRef 1})")) == {}


def test_target_lists_of_subqueries_are_not_the_views():
    inner = "{SUBLINK :subselect " + rule(entry(7, 16390, 7))[1:-1] + "}"
    assert origins(rule(entry(1, 16384, 3, inner=inner), before=f" :rtable ({{RTE :subquery {inner}}})")) == {
        1: (16384, 3)
    }


@given(st.text(st.sampled_from("ab :(){}\\<>17resno")), st.text(max_size=20))
def test_names_say_nothing(odd, any_name):
    names = f" :rtable ({{RTE :eref {escaped(odd)} :alias {escaped(any_name)}}})"
    found = origins(rule(entry(1, 16384, 3, name=escaped(odd)), entry(2, 16384, 4), before=names))
    assert found == {1: (16384, 3), 2: (16384, 4)}
