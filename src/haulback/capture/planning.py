"""What must be kept, told from schemas alone. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from haulback.capture.movable import movable
from haulback.capture.types import kept_as_text, of_remade_enums, says_the_same
from haulback.model.capture import CapturePlan, PlannedCopy, ReturnPlan
from haulback.model.migration import Migration
from haulback.model.schema import ObjectKey, Schema, SchemaObject
from haulback.pg.catalog.inverse import inverse
from haulback.pg.catalog.quoting import unquoted
from haulback.pg.catalog.survivors import survivors

_NO_KEY = "its table has no primary key to find rows by"
_KEY_CHANGES = "the primary key of its table changes with it"
_KEY_IS_RETYPED = "the primary key of its table gets another type, and rows are found by it"


def plan_captures(before: Schema, after: Schema, migrations: Sequence[Migration] = ()) -> CapturePlan:
    """What the migrations between two rehearsed schemas destroy, and so is moved or copied ahead.

    Dropped tables are kept whole, dropped columns and those that change their type with the key. What is dropped and
    made again counts as dropped, what is only renamed does not. What cannot be kept this way is `impossible`, with
    the reason; what is derived (generated columns) needs no keeping.

    Args:
        before: the schema that they find.
        after: the schema that they lead to.
        migrations: whose statements tell which tables can move; without them none does.
    """
    lives = survivors(before, after)
    impossible: list[tuple[ObjectKey, str]] = []
    copies: list[PlannedCopy] = []
    dropped = before.objects.keys() - lives.keys()
    moves = movable(before, after, dropped, migrations)
    for key in sorted(dropped):
        if key.kind != "table" or _root(before, key) in dropped or key in moves:
            continue
        if _primary_key(before, key) is None:
            impossible.append((key, _NO_KEY))
        else:
            parts = [one for one, facts in before.objects.items() if one.kind == "column" and facts.parent == key]
            texts = _names(key, kept_as_text(before, after, parts))
            copies.append(PlannedCopy(key.identity, reason="the migration drops it", texts=texts))
    columns: dict[ObjectKey, list[ObjectKey]] = defaultdict(list)
    changing = (*sorted(dropped), *_retyped(before, after, lives), *of_remade_enums(before, after))
    for key in dict.fromkeys(changing):
        if key.kind == "column" and _stays(before, key, dropped) and not before.objects[key].facets.get("generated"):
            columns[_parent(before, key)].append(key)
    for table, members in columns.items():
        mine, theirs = _primary_key(before, table), _primary_key(after, lives[table])
        if mine is None or not _same_key(mine, theirs, lives):
            reason = _NO_KEY if mine is None else _KEY_CHANGES
            impossible += [(member, reason) for member in members]
        elif _is_found_otherwise(before, after, mine, members, lives):
            impossible += [(member, _KEY_IS_RETYPED) for member in members]
        else:
            changed = _names(table, (member for member in members if member not in dropped))
            texts = _names(table, kept_as_text(before, after, members))
            reason = "the migration drops or changes them"
            copies.append(PlannedCopy(table.identity, _names(table, members), reason, changed, texts))
    return CapturePlan(tuple(copies), impossible=tuple(impossible), moves=tuple(key.identity for key in sorted(moves)))


def copied_instead(plan: CapturePlan, before: Schema, after: Schema, identities: Collection[str]) -> CapturePlan:
    """The same plan, but for tables that it moves and that are copied whole all the same, where they can be."""
    given_up = set(identities).intersection(plan.moves)
    if not given_up:
        return plan
    whole = plan_captures(before, after)
    copies = [one for one in whole.copies if one.identity in given_up and not one.columns]
    impossible = [one for one in whole.impossible if one[0] in {ObjectKey("table", name) for name in given_up}]
    return replace(
        plan,
        copies=(*plan.copies, *copies),
        impossible=(*plan.impossible, *impossible),
        moves=tuple(one for one in plan.moves if one not in given_up),
    )


def plan_return(before: Schema, now: Schema, keyed: AbstractSet[str] = frozenset()) -> ReturnPlan:
    """What taking `now` back to `before` would destroy: tables and sequences to move, columns to copy; as named now.

    `keyed` names tables without a primary key that have another one to find rows by.
    """
    old = set(survivors(before, now).values())
    back = inverse(replace(now, objects={k: o for k, o in now.objects.items() if k in old}), now)
    columns: dict[ObjectKey, list[ObjectKey]] = defaultdict(list)
    for key in back.data_bearing_created:
        facets = now.objects[key].facets
        # What a partition or child inherits is read through its parent.
        if key.kind == "column" and not facets.get("generated") and not facets.get("inherited"):
            columns[_parent(now, key)].append(key)
    impossible = [
        (member, _NO_KEY) for table, members in columns.items() if not _has_key(now, table, keyed) for member in members
    ]
    # New types go to the attic with what is made of them; new extensions do not.
    staying = replace(now, objects={k: o for k, o in now.objects.items() if k in old or k.kind != "extension"})
    return ReturnPlan(
        tables=_identities(back.data_bearing_created, "table"),
        sequences=_identities(back.data_bearing_created, "sequence"),
        types=_identities(back.moved_along, "type"),
        copies=tuple(
            PlannedCopy(
                table.identity,
                _names(table, members),
                "going back drops them",
                texts=_names(table, kept_as_text(now, staying, members)),
            )
            for table, members in columns.items()
            if _has_key(now, table, keyed)
        ),
        impossible=tuple(impossible),
        loosening=back.loosening,
    )


def bare(key: ObjectKey, parent: ObjectKey) -> str:
    """The name of a column without quotes and without its table."""
    return unquoted(key.identity.removeprefix(f"{parent.identity}."))


def _names(table: ObjectKey, members: Iterable[ObjectKey]) -> tuple[str, ...]:
    return tuple(bare(member, table) for member in dict.fromkeys(members))


def _identities(keys: Iterable[ObjectKey], kind: str) -> tuple[str, ...]:
    return tuple(key.identity for key in keys if key.kind == kind)


def _parent(schema: Schema, key: ObjectKey) -> ObjectKey:
    parent = schema.objects[key].parent
    if parent is None:
        raise ValueError(f"{key} has no table")
    return parent


def _stays(before: Schema, key: ObjectKey, dropped: AbstractSet[ObjectKey]) -> bool:
    """Whether the column's table stays; foreign tables keep their rows elsewhere, partitions with their root."""
    parent = _parent(before, key)
    inherited = bool(before.objects[key].facets.get("inherited"))
    return parent.kind == "table" and parent not in dropped and not inherited


def _is_found_otherwise(
    before: Schema,
    after: Schema,
    primary: SchemaObject,
    members: Iterable[ObjectKey],
    lives: Mapping[ObjectKey, ObjectKey],
) -> bool:
    """Whether a column of the primary key is among those that change, and its values may not be what they were."""
    return any(
        member not in lives
        or not says_the_same(before.objects[member].facets["type"], after.objects[lives[member]].facets["type"])
        for member in primary.depends & set(members)
    )


def _root(schema: Schema, key: ObjectKey) -> ObjectKey | None:
    """The partitioned table that a partition belongs to."""
    facets = schema.objects[key].facets
    parents = facets.get("parents") or ()
    return ObjectKey("table", parents[0]) if facets.get("bound") and parents else None


def _primary_key(schema: Schema, table: ObjectKey) -> SchemaObject | None:
    for member in schema:
        if member.parent == table and member.key.kind == "constraint" and member.facets["type"] == "p":
            return member
    return None


def _has_key(schema: Schema, table: ObjectKey, keyed: AbstractSet[str]) -> bool:
    return table.identity in keyed or _primary_key(schema, table) is not None


def _same_key(mine: SchemaObject, theirs: SchemaObject | None, lives: Mapping[ObjectKey, ObjectKey]) -> bool:
    """Whether rows are found by the same columns, whatever these are called."""
    if theirs is None:
        return False
    columns = {lives.get(key) for key in mine.depends if key.kind == "column"}
    if columns or any(key.kind == "column" for key in theirs.depends):
        return columns == {key for key in theirs.depends if key.kind == "column"}
    return bool(mine.facets["definition"] == theirs.facets["definition"])


def _retyped(before: Schema, after: Schema, lives: Mapping[ObjectKey, ObjectKey]) -> Iterator[ObjectKey]:
    """Columns that are of another type, not just of one that is called otherwise."""
    renamed = {key.identity: other.identity for key, other in lives.items() if key.kind == "type" and key != other}
    for key, other in sorted(lives.items()):
        if key.kind == "column" and before.objects[key].definition != after.objects[other].definition:
            name = str(before.objects[key].facets["type"])
            element = name.removesuffix("[]")
            if renamed.get(element, element) + name[len(element) :] != after.objects[other].facets["type"]:
                yield key
