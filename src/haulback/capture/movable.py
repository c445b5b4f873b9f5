"""Which of the dropped tables can move to the attic as they are, and back. Pure.

A table that moves takes no disk and no time, whatever its size. It must come back as it was: so nothing that it is made
of may go or change meanwhile, and nothing else may be made of it that bears rows. Every other table is copied ahead.
What only the target shows (a table that the migration alters before it drops it) is found when its turn comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from haulback.migrations.drops import TableName, dropped_tables
from haulback.model.migration import Migration, Statement
from haulback.model.schema import ObjectKey, Schema, SchemaObject
from haulback.pg.catalog.quoting import unquoted

# Relatives that make a table more than itself; rows of one that is not logged do not outlive a crash of the server.
_UNFIT = frozenset({"parents", "bound", "partition_key", "of_type"})
# What is taken off before the table moves: it may go, or hold on to what goes.
_TAKEN_OFF = frozenset({"policy", "trigger", "rule", "default", "statistics", "publication"})
# What a table is made of stays as it is, or the table is copied.
_MADE_OF = frozenset({"type", "extension", "role", "text_search_configuration", "text_search_dictionary"})
# PostgREST's own, on every Supabase project: it reloads after whatever changes tables, a move as well.
_HARMLESS = frozenset({"pgrst_drop_watch"})


def movable(
    before: Schema, after: Schema, dropped: AbstractSet[ObjectKey], migrations: Sequence[Migration]
) -> frozenset[ObjectKey]:
    """Those of the dropped tables that only DROP TABLE statements of the files themselves take away, and that can move.

    A statement that drops several tables moves all of them or none. A migration with a rollback script moves none: the
    script makes the table itself.
    """
    tables = {key for key in dropped if key.kind == "table"}
    if not tables or not migrations or any(map(_acts_on_drops, before)):
        return frozenset()
    look = _Look(before, after, tables)
    chosen: set[ObjectKey] = set()
    barred: set[ObjectKey] = set()
    for migration in migrations:
        for statement in _transactional(migration):
            found = look.named(dropped_tables(statement))
            fit = None not in found and not migration.rollback and all(look.fits(key) for key in found if key)
            (chosen if fit else barred).update(key for key in found if key)
    return frozenset(chosen - barred)


def _transactional(migration: Migration) -> Iterator[Statement]:
    for unit in migration.script.units:
        if unit.transactional:
            yield from unit.statements


def _acts_on_drops(member: SchemaObject) -> bool:
    """Whether it is an event trigger of the users' that would see a table dropped, and not see it moved."""
    return (
        member.key.kind == "event_trigger"
        and member.facets["event"] == "sql_drop"
        and member.facets.get("enabled") != "D"
        and member.key.identity not in _HARMLESS
    )


class _Look:
    """The two schemas, with the tables that go, by what statements call them."""

    def __init__(self, before: Schema, after: Schema, tables: AbstractSet[ObjectKey]) -> None:
        self._before, self._after = before, after
        self._full = {_parts(key): key for key in tables}
        self._known = {_parts(member.key)[1] for member in before if member.key.kind == "table"}
        self._bare = Counter(name for _, name in self._full)
        self._members: dict[ObjectKey, list[SchemaObject]] = {}
        for member in before:
            if member.parent is not None:
                self._members.setdefault(member.parent, []).append(member)

    def named(self, names: Iterable[TableName]) -> tuple[ObjectKey | None, ...]:
        """What the names mean; None for one that means no table that goes, or might mean several.

        A name that no table has, as IF EXISTS allows, is passed over.
        """
        return tuple(self._key(one) for one in names if one.name in self._known)

    def _key(self, one: TableName) -> ObjectKey | None:
        if one.schema:
            return self._full.get((one.schema, one.name))
        found = [key for (_, name), key in self._full.items() if name == one.name]
        return found[0] if self._bare[one.name] == 1 else None

    def fits(self, key: ObjectKey) -> bool:
        table = self._before.objects[key]
        facets = table.facets
        holders = (ObjectKey("schema", _split(key.identity)[0]), ObjectKey("role", facets.get("owner", "")))
        return (
            not _UNFIT & facets.keys()
            and not facets.get("unlogged")
            and all(one in self._after.objects for one in holders if one in self._before.objects)
            and not self._has_heirs(key)
            and not any(self._goes(needed) for needed in self._needs(table))
        )

    def _has_heirs(self, key: ObjectKey) -> bool:
        """Whether rows elsewhere are of its rows' type, or it has children."""
        return any(
            (member.key.kind in {"column", "type"} and member.parent != key and key in member.depends)
            or key.identity in (member.facets.get("parents", ()) if member.key.kind == "table" else ())
            for member in self._before
        )

    def _needs(self, table: SchemaObject) -> Iterator[ObjectKey]:
        """What it is made of, with what that is made of; functions only where values are computed by them."""
        queue, seen = [table], {table.key}
        while queue:
            member = queue.pop()
            queue += [one for one in self._members.get(member.key, ()) if one.key not in seen and not _is_off(one)]
            seen |= {one.key for one in queue}
            computed = member.key.kind == "column" and member.facets.get("generated")
            for needed in member.depends - seen:
                if needed.kind in _MADE_OF or (computed and needed.kind in {"function", "aggregate", "operator"}):
                    seen.add(needed)
                    yield needed
                    queue += [self._before.objects[needed]] if needed in self._before.objects else []

    def _goes(self, key: ObjectKey) -> bool:
        """Whether it goes or changes. A function need not go to be in the way: an expression that calls it holds it."""
        if key.kind not in _MADE_OF:
            return True
        was, now = self._before.objects.get(key), self._after.objects.get(key)
        return was is not None and (now is None or now.definition != was.definition)


def _is_off(member: SchemaObject) -> bool:
    return member.key.kind in _TAKEN_OFF or (member.key.kind == "constraint" and member.facets["type"] == "f")


def _parts(key: ObjectKey) -> tuple[str, str]:
    """Schema and name, bare."""
    schema, name = _split(key.identity)
    return unquoted(schema), unquoted(name)


def _split(identity: str) -> tuple[str, str]:
    """A dot inside quotes parts nothing."""
    quoted = False
    for place, letter in enumerate(identity):
        quoted ^= letter == '"'
        if letter == "." and not quoted:
            return identity[:place], identity[place + 1 :]
    return "", identity
