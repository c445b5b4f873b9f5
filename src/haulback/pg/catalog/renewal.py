"""An enum made anew beside the old one, for what no ALTER TYPE does: a value goes, or is used at once. Pure.

The old type steps aside under another name, the new one is made, columns are carried over by the text of their
values, and the old type goes. A row that holds a value which the new type lacks makes that fail, with the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from haulback.model.schema import InverseStep, ObjectKey, SchemaObject
from haulback.pg.catalog.kind import Alteration, Impossible, facts_of
from haulback.pg.catalog.quoting import literal

Objects = Mapping[ObjectKey, SchemaObject]
Dependants = Mapping[ObjectKey, set[ObjectKey]]

# Besides what the server wants out of the way whenever a column's type changes: what is bound to the old type.
_BOUND = frozenset(
    {"default", "view", "materialized_view", "rule", "policy", "trigger", "statistics", "function", "aggregate"}
    | {"operator", "cast"}
)
_PRINTED = frozenset({"view", "materialized_view", "rule", "policy", "default"})
_BOUND_DIRECTLY = frozenset({"index", "constraint"})


def uses_at_once(now: SchemaObject, wanted: SchemaObject, made: Iterable[SchemaObject]) -> bool:
    """Whether values that the enum would only be given now are named by what is made in the same transaction.

    The server calls that an unsafe use of a new value; one that is only renamed is none.
    """
    if facts_of(wanted)["form"] != "enum" or facts_of(now)["form"] != "enum":
        return False
    labels, there = facts_of(wanted).get("labels", ()), facts_of(now).get("labels", ())
    if len(labels) == len(there):
        return False
    added = [literal(one) for one in labels if one not in there]
    return any(label in one.definition for one in made if one.key != wanted.key for label in added)


def in_the_way(key: ObjectKey, now: Objects, dependants: Dependants) -> set[ObjectKey]:
    """Returns what must give way while the type is made anew.

    Raises:
        Impossible: a type of columns, or one that is no composite, is made of it, or a table is partitioned by it.
    """
    direct = dependants.get(key, set())
    types = sorted(k for k in direct if k.kind == "type")
    if bound := [k for k in types if not _is_carried(k, now, dependants)]:
        raise Impossible(f"it would have to be made anew, and {bound[0]} is made of it")
    columns = {k for k in direct if k.kind == "column"}
    if fixed := sorted(k for k in columns if facts_of(now[k]).get("_decides_partition")):
        raise Impossible(f"it would have to be made anew, and {fixed[0]} decides which partition a row is in")
    found = {k for k in direct if k.kind in _BOUND | _BOUND_DIRECTLY}
    for column in columns:
        found |= {k for k in dependants.get(column, ()) if k.kind in _BOUND or _holds_type(now[k])}
    for composite in types:
        found |= {k for k in dependants.get(composite, ()) if k.kind in _PRINTED}
    return found


def _is_carried(key: ObjectKey, now: Objects, dependants: Dependants) -> bool:
    """Whether it is a composite type that no rows are made of: its attributes may get another type."""
    return now[key].facets["form"] == "composite" and not any(
        k.kind in {"column", "table", "type"} for k in dependants.get(key, ())
    )


def _holds_type(member: SchemaObject) -> bool:
    if member.key.kind == "constraint":
        return bool(member.facets["type"] == "f")
    return member.key.kind == "column" and "generated" in member.facets


def carrying(
    key: ObjectKey, making: Sequence[str], now: Objects, wanted: Objects, staying: Iterable[ObjectKey]
) -> list[str]:
    """Returns the statements that put the new type in the place of the old one.

    Args:
        key: of the type.
        making: what makes the new one.
        now: what is there.
        wanted: what shall be there.
        staying: the columns and composite types made of it that stay, in any order.
    """
    statements = [f"ALTER TYPE {key.identity} RENAME TO {_aside(key)}", *making]
    for column in sorted(staying):
        if column.kind == "type":
            statements += _attributes(key, now[column], wanted[column])
            continue
        old, new = facts_of(now[column]), facts_of(wanted[column])
        if old["type"] != new["type"] or new["inherited"]:
            continue  # altered by itself, or with its parent
        foreign = "FOREIGN " if new["_parent_kind"] == "foreign_table" else ""
        text = "pg_catalog.text[]" if new["type"].endswith("]") else "pg_catalog.text"
        using = "" if foreign else f" USING {new['_name']}::{text}::{new['type']}"
        statements.append(
            f"ALTER {foreign}TABLE {new['_parent']} ALTER COLUMN {new['_name']} TYPE {new['type']}{using}"
        )
    return statements


def _attributes(key: ObjectKey, old: SchemaObject, new: SchemaObject) -> list[str]:
    """Gives the attributes of a composite type the new type; those that change otherwise are altered by themselves."""
    there = {(a["name"], a["type"]) for a in old.facets.get("attributes", ())}
    return [
        f"ALTER TYPE {new.key.identity} ALTER ATTRIBUTE {a['name']} TYPE {a['type']}"
        for a in new.facets.get("attributes", ())
        if a["type"].removesuffix("[]") == key.identity and (a["name"], a["type"]) in there
    ]


def parting(member: SchemaObject) -> InverseStep:
    """Returns what takes the old type away; where the attic holds a column of it, the attic takes the type, too."""
    name = f"{facts_of(member)['_schema']}.{_aside(member.key)}"
    return InverseStep(
        member.key,
        f"DO $haulback$ BEGIN DROP TYPE {name}; EXCEPTION WHEN dependent_objects_still_exist THEN"
        f" ALTER TYPE {name} SET SCHEMA haulback_attic; END $haulback$",
    )


def renewed() -> Alteration:
    """The alteration that stands for all this."""
    return Alteration((), renewed=True)


def _aside(key: ObjectKey) -> str:
    return f"haulback_former_{sha256(key.identity.encode()).hexdigest()[:16]}"
