"""The statements that take a schema back, from what it was before and after a migration. Pure.

What bears no data is dropped, made again or altered. What bears data and is new is not dropped: the attic takes
it, and here only its ties are cut to what stays or goes (foreign keys, triggers, policies, partitions, extensions).
What bore data and is gone is made again empty; a capture holds its values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from haulback.model.schema import Inverse, InverseStep, ObjectKey, Schema, SchemaObject
from haulback.pg.catalog.kind import exact_facts_of, facts_of, kinds
from haulback.pg.catalog.order import drop_order
from haulback.pg.catalog.transition import transition

# Children that hold on to something outside their table, or act when rows are written.
_TIES = frozenset({"trigger", "policy", "rule"})
# What goes through all the rows of a table when it is made, or would answer for rows that are still taken out of it.
_WAITS_FOR_ROWS = frozenset({"constraint", "index", "materialized_view", "rule"})
# What stands under values rather than over them: made before values come back.
_BENEATH_VALUES = frozenset({"table", "column", "sequence", "default", "type", "schema", "extension", "role"})
# Made from values, or from nothing: the attic does without.
_DERIVED = frozenset({"default", "index", "constraint", "statistics"})
# A copy of a column in the attic still has the column's type; all else goes once the column went.
_NEEDED_BY_A_COPY = frozenset({"type"})


def inverse(before: Schema, after: Schema, *, filled: frozenset[ObjectKey] = frozenset()) -> Inverse:
    """Returns what leads from `after` back to `before`.

    Args:
        before: the schema wanted.
        after: the schema that is there.
        filled: tables of `after` that are full of rows: what reads all of them is for the end.

    Raises:
        DependencyCycle: what is to be made, or to go, depends on itself.
    """
    moving = _moving(before, after)
    back = transition(after, before, kept=lambda o: o.key in moving.kept, late=moving.late)
    dropped = {k for k, o in before.objects.items() if o.bears_data and (k not in after.objects or k in back.rebuilt)}
    changed = {k for k, a in back.altered.items() if a.loses_values and before.objects[k].bears_data}
    changed |= {k for k in back.rebuilt if after.objects[k].bears_data}
    over_values = _over_values(before, dropped | changed) | _reading(before, after, filled)
    making, finishing = _split(back.makings, before, dropped, over_values)
    return Inverse(
        steps=(*_unchecked((*making, *finishing)), *back.removals, *moving.cuts, *making),
        finishing=(*finishing, *back.late_removals),
        data_bearing_created=moving.roots,
        moved_along=moving.along,
        impossible=tuple(sorted({**moving.impossible, **dict(back.impossible)}.items())),
        loosening=moving.loosening,
    )


def _unchecked(steps: Iterable[InverseStep]) -> tuple[InverseStep, ...]:
    """Lets functions be made whose bodies name what is not there: they stood like that before."""
    functions = [step.key for step in steps if step.key.kind == "function"]
    return (InverseStep(functions[0], "SET LOCAL check_function_bodies = off"),) if functions else ()


@dataclass(frozen=True, slots=True)
class _Moving:
    """What of the new things moves to the attic.

    Attributes:
        roots: the tables, columns and free sequences themselves.
        along: what they need and the attic must take too.
        kept: all that is not to be dropped: roots, what lives with them, and what goes along.
        late: what can only be dropped once the roots are gone.
        cuts: what unties kept tables from others.
        impossible: what is needed by roots and cannot move.
        loosening: of the cuts, those that let extensions go, with what has to be dropped before.
    """

    roots: tuple[ObjectKey, ...]
    along: tuple[ObjectKey, ...]
    kept: frozenset[ObjectKey]
    late: frozenset[ObjectKey]
    cuts: tuple[InverseStep, ...]
    impossible: Mapping[ObjectKey, str]
    loosening: tuple[InverseStep, ...]


def _moving(before: Schema, after: Schema) -> _Moving:
    created = {k: o for k, o in after.objects.items() if k not in before.objects}
    roots = _whole((k for k, o in created.items() if o.bears_data and not _made_by_identity(o, created)), created)
    family = _family(roots, created)
    tables = {k for k in family if _table_of(k, created) in roots}
    needed_by_tables = _needed(tables, created) - family
    needed_by_columns = _needed(family - tables, created) - family - needed_by_tables
    along = {k for k in needed_by_tables if k.kind not in {"schema", "extension"}}
    along |= {k for k in needed_by_columns if k.kind in _NEEDED_BY_A_COPY}
    extensions = {k for k in needed_by_tables if k.kind == "extension"}
    stuck = {k for k in extensions if not _can_let_go(k, family | along, created)}
    cuts = [step for root in roots if root.kind == "table" for step in _cuts(created[root], family)]
    loosened = [*_loosened(extensions - stuck, tables, created)]
    cuts += loosened
    cuts += _unnamed([created[k] for k in roots if k.kind == "column"], before)
    return _Moving(
        roots,
        tuple(sorted(along)),
        frozenset(family | along | stuck),
        frozenset((needed_by_columns - along) | (extensions - stuck)),
        tuple(cuts),
        dict.fromkeys(stuck, "what the migration created, and users may have filled, needs it"),
        (*_over_columns(loosened, family | along, created, after), *loosened),
    )


def _whole(keys: Iterable[ObjectKey], objects: Mapping[ObjectKey, SchemaObject]) -> tuple[ObjectKey, ...]:
    """Returns `keys` without those that live in another of them."""
    chosen = set(keys)
    return tuple(sorted(k for k in chosen if not chosen & set(_ancestors(k, objects))))


def _ancestors(key: ObjectKey, objects: Mapping[ObjectKey, SchemaObject]) -> Iterable[ObjectKey]:
    member = objects.get(key)
    while member and member.parent:
        yield member.parent
        member = objects.get(member.parent)


def _made_by_identity(member: SchemaObject, created: Mapping[ObjectKey, SchemaObject]) -> bool:
    """Whether it is a sequence that goes when its column, which was there before, ceases to be an identity."""
    if member.key.kind != "sequence" or member.parent is None:
        return False
    return member.parent not in created and bool(member.facets.get("identity_column"))


def _family(roots: Iterable[ObjectKey], created: Mapping[ObjectKey, SchemaObject]) -> set[ObjectKey]:
    """Returns the roots and what lives in them, without the ties that are cut."""
    children: dict[ObjectKey, list[SchemaObject]] = {}
    for member in created.values():
        if member.parent:
            children.setdefault(member.parent, []).append(member)
    family, queue = set(roots), list(roots)
    while queue:
        for child in children.get(queue.pop(), ()):
            tie = child.key.kind in _TIES or (child.key.kind == "constraint" and child.facets["type"] == "f")
            if not tie and child.key not in family:
                family.add(child.key)
                queue.append(child.key)
    return family


def _table_of(key: ObjectKey, objects: Mapping[ObjectKey, SchemaObject]) -> ObjectKey:
    return next((k for k in (key, *_ancestors(key, objects)) if k.kind == "table"), key)


def _needed(keys: Iterable[ObjectKey], created: Mapping[ObjectKey, SchemaObject]) -> set[ObjectKey]:
    found: set[ObjectKey] = set()
    queue = list(keys)
    while queue:
        for needed in created[queue.pop()].depends:
            if needed in created and needed not in found:
                found.add(needed)
                queue.append(needed)
    return found


def _cuts(table: SchemaObject, family: set[ObjectKey]) -> Iterable[InverseStep]:
    facts = facts_of(table)
    for parent in facts.get("parents", ()):
        if ObjectKey("table", parent) in family:
            continue
        name = table.key.identity
        yield InverseStep(
            table.key,
            f"ALTER TABLE {parent} DETACH PARTITION {name}"
            if "bound" in facts
            else f"ALTER TABLE {name} NO INHERIT {parent}",
        )


def _unnamed(columns: Sequence[SchemaObject], before: Schema) -> Iterable[InverseStep]:
    """Takes from new columns the names of NOT NULLs that a column of before had: it is given its own again."""
    tables = {column.parent for column in columns}
    taken = {_not_null_of(o) for o in before if o.key.kind == "column" and o.parent in tables} if tables else set()
    for column in columns:
        held = _not_null_of(column)
        if held is not None and held in taken:
            aside = f"haulback_former_{sha256(column.key.identity.encode()).hexdigest()[:16]}"
            table, name = held
            yield InverseStep(column.key, f"ALTER TABLE {table} RENAME CONSTRAINT {name} TO {aside}")


def _not_null_of(column: SchemaObject) -> tuple[str, str] | None:
    """Returns the table and the name of a column's NOT NULL, where the server names it."""
    facts = json.loads(column.notes)
    return (facts["_parent"], facts["_not_null_name"]) if "_not_null_name" in facts else None


def _can_let_go(extension: ObjectKey, kept: set[ObjectKey], created: Mapping[ObjectKey, SchemaObject]) -> bool:
    """Whether all that moves and needs the extension can do without: values stay as text, the rest is derived."""
    holders = [created[k] for k in kept if extension in created[k].depends]
    return all(o.key.kind in _DERIVED or (o.key.kind == "column" and o.bears_data) for o in holders)


def _loosened(
    extensions: set[ObjectKey], family: set[ObjectKey], created: Mapping[ObjectKey, SchemaObject]
) -> Iterable[InverseStep]:
    """Takes what moves out of the hands of extensions that go, so that these can go."""
    held = {k for k in family if extensions & created[k].depends}
    columns = {k for k in held if k.kind == "column"}
    defaults = {ObjectKey("default", k.identity) for k in columns} & family
    derived = {k for k in held if k.kind in _DERIVED} | defaults
    for member in drop_order(created[k] for k in derived):
        yield from (InverseStep(member.key, statement) for statement in member.drop)
    for key in sorted(columns):
        facts = facts_of(created[key])
        if not facts["inherited"]:
            alter = f"ALTER TABLE {facts['_parent']} ALTER COLUMN {facts['_name']}"
            yield InverseStep(key, f"{alter} TYPE pg_catalog.text USING {facts['_name']}::pg_catalog.text")


def _over_columns(
    steps: Iterable[InverseStep],
    kept: set[ObjectKey],
    created: Mapping[ObjectKey, SchemaObject],
    after: Schema,
) -> Iterable[InverseStep]:
    """Drops what is made over columns that are about to change their type: views, policies."""
    found: set[ObjectKey] = set()
    queue = [step.key for step in steps if step.key.kind == "column"]
    while queue:
        around = after.dependants.get(queue.pop(), ())
        new = {k for k in around if k in created and k not in kept and k not in found}
        found |= new
        queue += new
    for member in drop_order(created[k] for k in found if not created[k].bears_data):
        yield from (InverseStep(member.key, statement) for statement in member.drop)


def _over_values(before: Schema, restored: set[ObjectKey]) -> set[ObjectKey]:
    """Returns what is made over values that a capture brings back, and so after them."""
    found: set[ObjectKey] = set()
    if not restored:
        return found
    next_to = before.dependants
    queue = [k for r in restored for k in next_to.get(r, ()) if k.kind not in _BENEATH_VALUES and k not in restored]
    while queue:
        key = queue.pop()
        if key not in found:
            found.add(key)
            queue += [k for k in next_to.get(key, ()) if k not in restored]
    return found


def _reading(before: Schema, after: Schema, filled: frozenset[ObjectKey]) -> set[ObjectKey]:
    """Returns what is missing over these tables and waits for their rows, with what is made over that."""
    next_to = before.dependants
    queue = [k for k in _over_values(before, set(filled)) if k.kind in _WAITS_FOR_ROWS and k not in after.objects]
    found: set[ObjectKey] = set()
    while queue:
        key = queue.pop()
        if key not in found:
            found.add(key)
            queue += [k for k in next_to.get(key, ()) if k not in after.objects and k.kind not in _BENEATH_VALUES]
    return found


def _split(
    makings: Iterable[InverseStep], before: Schema, dropped: set[ObjectKey], over_values: set[ObjectKey]
) -> tuple[list[InverseStep], list[InverseStep]]:
    """Parts the makings by whether they wait for values; a column made again takes nulls until then."""
    making, finishing = [], []
    unfilled = {k for k in dropped if k.kind == "column" and before.objects[k].parent not in dropped}
    seen: set[ObjectKey] = set()
    for step in makings:
        if step.key in unfilled:
            if step.key in seen:
                finishing.append(step)
                continue
            seen.add(step.key)
            first, last = _nullable(before.objects[step.key], step)
            making.append(first)
            finishing += last
        else:
            (finishing if step.key in over_values else making).append(step)
    return making, finishing


def _nullable(column: SchemaObject, step: InverseStep) -> tuple[InverseStep, list[InverseStep]]:
    facts = exact_facts_of(column)
    if not facts["not_null"] or "identity_when" in facts or facts["inherited"]:
        return step, []
    kind, bare = kinds()["column"], {**facts, "not_null": False}
    altered = kind.alter(bare, facts)
    last = altered.statements if altered else ()
    return InverseStep(column.key, kind.make(bare)[0]), [InverseStep(column.key, s) for s in last]
