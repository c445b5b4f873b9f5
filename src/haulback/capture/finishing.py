"""What holds over values that came back, prepared without keeping anybody waiting. Pure.

Putting a constraint on or building an index reads the whole table under a lock. So a constraint is first put on for
new rows alone and then validated, an index is built concurrently, and NOT NULL is proved by a check beforehand; the
last transaction then finds all of it done and takes its strong locks for an instant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from haulback.model.schema import Inverse, InverseStep, ObjectKey, Schema
from haulback.pg.catalog.kind import exact_facts_of

_PROOF = "haulback_not_null_"
_INDEX = re.compile(r"^CREATE (UNIQUE )?INDEX (?=\S+ ON )")
_SETS_NOT_NULL = re.compile(r" SET NOT NULL$| ADD CONSTRAINT .* NOT NULL [^ ].*$")
_UNIQUE = re.compile(r"^(UNIQUE|PRIMARY KEY) (\([^()]*\))( INCLUDE \([^()]*\))?$")


@dataclass(frozen=True, slots=True)
class Early:
    """One thing prepared.

    Attributes:
        first: a statement that locks for an instant; empty where there is none.
        then: one that takes its time and keeps nobody out.
        alone: whether `then` allows no transaction.
        undo: what takes it away again where it does not hold: the last transaction then says why.
    """

    key: ObjectKey
    first: str
    then: str
    alone: bool
    undo: str


def early(back: Inverse, before: Schema) -> tuple[Early, ...]:
    """What of the steps can be prepared, once values are back."""
    steps = (*back.steps, *back.finishing)
    return tuple(one for number, step in enumerate(steps) for one in _early(step, before, number))


def _early(step: InverseStep, before: Schema, number: int) -> Iterator[Early]:
    member = before.objects.get(step.key)
    if member is None:
        return
    facts = exact_facts_of(member)
    if step.key.kind == "index" and _INDEX.match(step.statement):
        built = _INDEX.sub(lambda found: f"CREATE {found[1] or ''}INDEX CONCURRENTLY ", step.statement)
        yield Early(step.key, "", built, alone=True, undo=f"DROP INDEX IF EXISTS {facts['identity']}")
    elif step.key.kind == "constraint" and " VALIDATE CONSTRAINT " in step.statement:
        yield Early(step.key, "", step.statement, alone=False, undo="")
    elif (found := _unique(step, before)) and facts.get("_index"):
        built = f"CREATE UNIQUE INDEX CONCURRENTLY {facts['_name']} ON {facts['_parent']} {found[2]}{found[3] or ''}"
        yield Early(step.key, "", built, alone=True, undo=f"DROP INDEX IF EXISTS {facts['_index']}")
    elif step.key.kind == "constraint" and facts["type"] in {"c", "f"} and _is_making(step, facts["definition"]):
        table, name = facts["_parent"], facts["_name"]
        yield Early(
            step.key,
            f"{step.statement} NOT VALID",
            f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}",
            alone=False,
            undo=f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}",
        )
    elif step.key.kind == "column" and _SETS_NOT_NULL.search(step.statement) and not facts["inherited"]:
        table, name = facts["_parent"], facts["_name"]
        if " ADD CONSTRAINT " in step.statement:
            if step.statement.endswith("NOT VALID"):
                return
            # From 18 on it is a constraint like the others, and a check is no proof for one with a name.
            named = facts["_not_null_name"]
            yield Early(
                step.key,
                f"{step.statement} NOT VALID",
                f"ALTER TABLE {table} VALIDATE CONSTRAINT {named}",
                alone=False,
                undo=f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {named}",
            )
            return
        proof = f"{_PROOF}{number}"
        yield Early(
            step.key,
            f"ALTER TABLE {table} ADD CONSTRAINT {proof} CHECK ({name} IS NOT NULL) NOT VALID",
            f"ALTER TABLE {table} VALIDATE CONSTRAINT {proof}",
            alone=False,
            undo=f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {proof}",
        )


def _is_making(step: InverseStep, definition: str) -> bool:
    return step.statement.endswith(f" {definition}") and not definition.endswith("NOT VALID")


def last(back: Inverse, before: Schema, now: Schema) -> tuple[InverseStep, ...]:
    """The steps of the last transaction, with what was prepared used and then taken away.

    Args:
        back: from `now` to `before`.
        before: the schema to reach.
        now: the schema with what was prepared.
    """
    wanted = (*back.steps, *back.finishing)
    steps = [_adopting(step, before, now) or step for step in wanted]
    built = {_index_of(step.key, before) for step, made in zip(wanted, steps, strict=True) if step != made}
    proofs = [step for step in steps if _is_proof(step.key)]
    return (*(step for step in steps if step not in proofs and step.key not in built), *proofs)


def _adopting(step: InverseStep, before: Schema, now: Schema) -> InverseStep | None:
    """The same constraint, made of an index of its name that is there already."""
    found = _unique(step, before)
    index = now.objects.get(_index_of(step.key, before)) if found else None
    if found is None or index is None or index.facets.get("invalid"):
        return None
    facts = exact_facts_of(before.objects[step.key])
    name = facts["_name"]
    made = f"ALTER TABLE {facts['_parent']} ADD CONSTRAINT {name} {found[1]} USING INDEX {name}"
    return InverseStep(step.key, made)


def _unique(step: InverseStep, before: Schema) -> re.Match[str] | None:
    """The parts of a plain unique constraint that the step makes."""
    if step.key.kind != "constraint" or step.key not in before.objects:
        return None
    definition = exact_facts_of(before.objects[step.key])["definition"]
    return _UNIQUE.match(definition) if step.statement.endswith(f" {definition}") else None


def _index_of(key: ObjectKey, before: Schema) -> ObjectKey:
    return ObjectKey("index", exact_facts_of(before.objects[key]).get("_index") or "")


def _is_proof(key: ObjectKey) -> bool:
    return key.kind == "constraint" and _PROOF in key.identity
