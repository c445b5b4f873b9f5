"""What is done ahead of the last transaction of going back, told from the steps alone."""

from __future__ import annotations

import json

import pytest

from haulback.capture.finishing import early, last
from haulback.model.schema import Inverse, InverseStep, ObjectKey, Schema, SchemaObject


def _member(kind: str, identity: str, facts: dict[str, object]) -> SchemaObject:
    notes = {name: value for name, value in facts.items() if name.startswith("_")}
    told = {name: value for name, value in facts.items() if name not in notes}
    return SchemaObject(ObjectKey(kind, identity), json.dumps(told), (), (), frozenset(), notes=json.dumps(notes))


def _constraint(name: str, type_: str, definition: str) -> SchemaObject:
    facts = {"_parent": "public.t", "_name": name, "type": type_, "definition": definition, "_index": f"public.{name}"}
    return _member("constraint", f"public.t.{name}", facts)


def _making(member: SchemaObject) -> InverseStep:
    name = member.key.identity.rpartition(".")[2]
    return InverseStep(member.key, f"ALTER TABLE public.t ADD CONSTRAINT {name} {member.facets['definition']}")


@pytest.mark.parametrize(
    ("type_", "definition", "first", "then"),
    [
        ("c", "CHECK ((a > 0))", "ADD CONSTRAINT k CHECK ((a > 0)) NOT VALID", "VALIDATE CONSTRAINT k"),
        ("f", "FOREIGN KEY (a) REFERENCES public.u(id)", "REFERENCES public.u(id) NOT VALID", "VALIDATE CONSTRAINT k"),
        ("u", "UNIQUE (a, b)", "", "CREATE UNIQUE INDEX CONCURRENTLY k ON public.t (a, b)"),
        ("p", "PRIMARY KEY (a) INCLUDE (b)", "", "CREATE UNIQUE INDEX CONCURRENTLY k ON public.t (a) INCLUDE (b)"),
    ],
)
def test_constraints(type_: str, definition: str, first: str, then: str) -> None:
    member = _constraint("k", type_, definition)
    found = early(Inverse(finishing=(_making(member),)), Schema({member.key: member}, 18))
    assert len(found) == 1
    assert found[0].first.endswith(first)
    assert found[0].then.endswith(then)
    assert found[0].alone == then.startswith("CREATE")


@pytest.mark.parametrize(
    ("type_", "definition"),
    [
        ("c", "CHECK ((a > 0)) NOT VALID"),
        ("u", "UNIQUE (a) DEFERRABLE"),
        ("u", "UNIQUE NULLS NOT DISTINCT (a)"),
        ("x", "EXCLUDE USING gist (a WITH &&)"),
    ],
)
def test_what_has_no_gentle_way_waits_for_the_last_transaction(type_: str, definition: str) -> None:
    member = _constraint("k", type_, definition)
    assert early(Inverse(finishing=(_making(member),)), Schema({member.key: member}, 18)) == ()


def test_an_index_that_is_built_becomes_the_constraint() -> None:
    member = _constraint("k", "u", "UNIQUE (a)")
    built = _member("index", "public.k", {"invalid": False})
    back = Inverse(steps=(InverseStep(built.key, "DROP INDEX public.k"),), finishing=(_making(member),))
    steps = last(back, Schema({member.key: member}, 18), Schema({built.key: built}, 18))
    assert [step.statement for step in steps] == ["ALTER TABLE public.t ADD CONSTRAINT k UNIQUE USING INDEX k"]


def test_an_invalid_index_is_not_used() -> None:
    member = _constraint("k", "u", "UNIQUE (a)")
    left = _member("index", "public.k", {"invalid": True})
    back = Inverse(steps=(InverseStep(left.key, "DROP INDEX public.k"),), finishing=(_making(member),))
    steps = last(back, Schema({member.key: member}, 18), Schema({left.key: left}, 18))
    assert [step.statement for step in steps] == ["DROP INDEX public.k", _making(member).statement]


def test_the_proof_of_a_not_null_goes_after_it_was_used() -> None:
    facts = {"_parent": "public.t", "_name": "a", "not_null": True, "inherited": False}
    column = _member("column", "public.t.a", facts)
    step = InverseStep(column.key, "ALTER TABLE public.t ALTER COLUMN a SET NOT NULL")
    before = Schema({column.key: column}, 18)
    (one,) = early(Inverse(finishing=(step,)), before)
    assert "CHECK (a IS NOT NULL) NOT VALID" in one.first
    proof = ObjectKey("constraint", "public.t.haulback_not_null_0")
    gone = InverseStep(proof, "ALTER TABLE public.t DROP CONSTRAINT haulback_not_null_0")
    assert last(Inverse(steps=(gone,), finishing=(step,)), before, before) == (step, gone)
