"""A database schema as data: what the catalogs say, comparable and rebuildable."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

# Where the catalogs keep an object: the catalog's oid, the object's, and the number of a column or 0.
Address = tuple[int, int, int]


class ObjectKey(NamedTuple):
    """Names one object for life: its kind and its identity.

    `kind` is one of the catalog room's kinds (`table`, `column`, `index`, `policy`, ...). `identity` is the
    quoted, schema-qualified name, with the parent's before it where the name is only unique there
    (`public.users.email` for a column, `public.users.own_rows` for a policy).
    """

    kind: str
    identity: str

    def __str__(self) -> str:
        return f"{self.kind} {self.identity}"


@dataclass(frozen=True, slots=True)
class SchemaObject:
    """One object of a schema.

    Attributes:
        key: what it is called.
        definition: its canonical description as sorted JSON; equal definitions mean equal objects.
        create: statements that make it, given everything in `depends`; run in order.
        drop: statements that unmake it once nothing depends on it.
        depends: the objects that must exist before it.
        parent: the object it lives and dies with, if any (a column's table, an index's table).
        bears_data: whether dropping it loses rows or values (tables, columns, sequences; materialized views
            do not: they are derived).
        position: a column's place among its table's columns, from 1; apart from the definition, so that
            "equal but for the order of columns" can be said.
        notes: what the statements need and the definition leaves out (names of parents, defaults of the
            server), as JSON.
    """

    key: ObjectKey
    definition: str
    create: tuple[str, ...]
    drop: tuple[str, ...]
    depends: frozenset[ObjectKey]
    parent: ObjectKey | None = None
    bears_data: bool = False
    position: int | None = None
    notes: str = "{}"

    @property
    def facets(self) -> dict[str, Any]:
        """The definition, parsed: one entry a facet."""
        return dict(json.loads(self.definition))


@dataclass(frozen=True)
class Schema:
    """Every object of a database outside the system catalogs and Haulback's own schemas.

    Attributes:
        objects: by key.
        major: the server's major version.
        database: the name of the database it was read from.
        unsupported: what the catalogs hold and no kind models, as (kind, identity): never silently missed.
        addresses: where each object is kept; it stays there whatever it is called. No part of what a schema is: two
            equal ones have others.
        origin: names the cluster and the database that the addresses are of; empty where that is not known.
    """

    objects: Mapping[ObjectKey, SchemaObject]
    major: int
    database: str = ""
    unsupported: tuple[tuple[str, str], ...] = ()
    addresses: Mapping[ObjectKey, Address] = field(default_factory=dict, compare=False, repr=False)
    origin: str = field(default="", compare=False)

    def __iter__(self) -> Iterator[SchemaObject]:
        return iter(self.objects.values())

    @cached_property
    def dependants(self) -> Mapping[ObjectKey, set[ObjectKey]]:
        """For each object, those that depend on it or live in it, one step away."""
        found: dict[ObjectKey, set[ObjectKey]] = defaultdict(set)
        for key, member in self.objects.items():
            for needed in member.depends:
                found[needed].add(key)
            if member.parent:
                found[member.parent].add(key)
        return dict(found)

    @cached_property
    def fingerprint(self) -> str:
        """Hex sha256 over the sorted definitions and positions; equal fingerprints mean equal schemas."""
        digest = sha256(self.fingerprint_without_order.encode())
        for key in sorted(key for key in self.objects if self.objects[key].position is not None):
            digest.update(f"{key}\0{self.objects[key].position}\n".encode())
        return digest.hexdigest()

    @cached_property
    def fingerprint_without_order(self) -> str:
        """As `fingerprint`, but blind to the order of columns."""
        digest = sha256()
        for key in sorted(self.objects):
            digest.update(f"{key}\0{self.objects[key].definition}\n".encode())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class FacetChange:
    """One facet of one object that two schemas disagree about; None where a side has none."""

    key: ObjectKey
    facet: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.key}: {self.facet} {_shown(self.before)} -> {_shown(self.after)}"


@dataclass(frozen=True)
class SchemaDifference:
    """What happened between two schemas, by key, each in sorted order.

    `changed` holds the objects whose definitions differ, `reordered` the columns that only stand elsewhere;
    `facets` says what changed in the changed ones.
    """

    created: tuple[ObjectKey, ...]
    dropped: tuple[ObjectKey, ...]
    changed: tuple[ObjectKey, ...]
    reordered: tuple[ObjectKey, ...] = ()
    facets: tuple[FacetChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.created or self.dropped or self.changed or self.reordered)

    @property
    def only_column_order(self) -> bool:
        """Whether nothing differs but the order of columns."""
        return bool(self.reordered) and not (self.created or self.dropped or self.changed)

    def lines(self) -> tuple[str, ...]:
        """The difference for a person: one line for each object that came or went, and for each facet."""
        return (
            *(f"+ {key}" for key in self.created),
            *(f"- {key}" for key in self.dropped),
            *(f"~ {change}" for change in self.facets),
            *(f"~ {key}: stands elsewhere among the columns" for key in self.reordered),
        )


def compare(before: Schema, after: Schema) -> SchemaDifference:
    """Returns the difference that leads from `before` to `after`."""
    changed, reordered = [], []
    for key, old in before.objects.items():
        new = after.objects.get(key)
        if new is None or new is old:
            continue
        if new.definition != old.definition:
            changed.append(key)
        elif new.position != old.position:
            reordered.append(key)
    changed.sort()
    return SchemaDifference(
        created=tuple(sorted(after.objects.keys() - before.objects.keys())),
        dropped=tuple(sorted(before.objects.keys() - after.objects.keys())),
        changed=tuple(changed),
        reordered=tuple(sorted(reordered)),
        facets=tuple(change for k in changed for change in _facet_changes(before.objects[k], after.objects[k])),
    )


@dataclass(frozen=True, slots=True)
class InverseStep:
    """One statement of an inverse and the object it is for."""

    key: ObjectKey
    statement: str


@dataclass(frozen=True)
class Inverse:
    """What takes a schema back, where it can, and where it cannot.

    The way is: run `statements`; move `data_bearing_created` and `moved_along` to the attic and restore the
    captured values; run `finish`.

    Attributes:
        steps: what runs first, while what the migration created still stands.
        finishing: what runs last: constraints and NOT NULL over restored values, and the drops of what the
            moved objects still needed.
        data_bearing_created: tables, columns and sequences that the migration made; nothing drops them, nor
            what lives with them, save what holds on to objects that stay or go: keys, policies, triggers.
        moved_along: objects without data that `data_bearing_created` need, such as the type of a column.
        impossible: what no statement takes back, with the reason.
        loosening: of `steps`, those that take `data_bearing_created` out of the hands of extensions that go, with the
            drops that they need: whoever moves to the attic before he runs `steps` runs these first.
    """

    steps: tuple[InverseStep, ...] = ()
    finishing: tuple[InverseStep, ...] = ()
    data_bearing_created: tuple[ObjectKey, ...] = ()
    moved_along: tuple[ObjectKey, ...] = ()
    impossible: tuple[tuple[ObjectKey, str], ...] = field(default=())
    loosening: tuple[InverseStep, ...] = ()

    @property
    def statements(self) -> tuple[str, ...]:
        return tuple(step.statement for step in self.steps)

    @property
    def finish(self) -> tuple[str, ...]:
        return tuple(step.statement for step in self.finishing)


def _facet_changes(before: SchemaObject, after: SchemaObject) -> Iterator[FacetChange]:
    old, new = before.facets, after.facets
    for facet in sorted(old.keys() | new.keys()):
        if old.get(facet) != new.get(facet):
            yield FacetChange(before.key, facet, old.get(facet), new.get(facet))


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
