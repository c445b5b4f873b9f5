"""A database schema as data: what the catalogs say, comparable and rebuildable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256


@dataclass(frozen=True, slots=True, order=True)
class ObjectKey:
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
        bears_data: whether dropping it loses rows or values (tables, columns, sequences, materialized views
            do not: they are derived).
    """

    key: ObjectKey
    definition: str
    create: tuple[str, ...]
    drop: tuple[str, ...]
    depends: frozenset[ObjectKey]
    parent: ObjectKey | None = None
    bears_data: bool = False


@dataclass(frozen=True)
class Schema:
    """Every object of a database outside the system catalogs and Haulback's own schemas."""

    objects: Mapping[ObjectKey, SchemaObject]
    major: int

    def __iter__(self) -> Iterator[SchemaObject]:
        return iter(self.objects.values())

    @cached_property
    def fingerprint(self) -> str:
        """Hex sha256 over the sorted definitions; equal fingerprints mean equal schemas."""
        digest = sha256()
        for key in sorted(self.objects):
            digest.update(f"{key}\0{self.objects[key].definition}\n".encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class SchemaDifference:
    """What happened between two schemas, by key, each in sorted order."""

    created: tuple[ObjectKey, ...]
    dropped: tuple[ObjectKey, ...]
    changed: tuple[ObjectKey, ...]

    def __bool__(self) -> bool:
        return bool(self.created or self.dropped or self.changed)


def compare(before: Schema, after: Schema) -> SchemaDifference:
    """Returns the difference that leads from `before` to `after`."""
    return SchemaDifference(
        created=tuple(sorted(after.objects.keys() - before.objects.keys())),
        dropped=tuple(sorted(before.objects.keys() - after.objects.keys())),
        changed=tuple(
            sorted(
                key
                for key in before.objects.keys() & after.objects.keys()
                if before.objects[key].definition != after.objects[key].definition
            )
        ),
    )
