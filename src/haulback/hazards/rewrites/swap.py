"""A change of type through a second column: kept in step by a trigger, filled in batches, then put in the place.

ALTER COLUMN TYPE writes the table anew while nobody gets at it. Here nobody waits for longer than a batch takes, and
the last transaction holds its lock for milliseconds. The price: the column's values are on disk twice until the next
VACUUM FULL, and the column stands last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from haulback.hazards import names
from haulback.hazards.facts import constraints, trees
from haulback.hazards.facts.catalog import shown
from haulback.hazards.facts.volatility import volatile
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rewrites import batches, indexed, parting, standing, writing
from haulback.hazards.rewrites.known_table import KnownTable, mentions
from haulback.hazards.rewrites.offer import NotOffered, Offer
from haulback.hazards.rewrites.parting import Part
from haulback.migrations import grammar
from haulback.migrations.grammar import Node, enum
from haulback.model.schema import SchemaObject

# Facets of a column that a new one would not have.
_LOST = {
    "identity_when": "it is an identity column",
    "generated": "it is generated",
    "inherited": "it is inherited",
    "collation": "it has a collation of its own",
    "not_null_name": "its NOT NULL has a name of its own",
    "not_null_unchecked": "its NOT NULL is not validated",
    "storage": "its storage is set",
    "compression": "its compression is set",
    "statistics": "its statistics target is set",
    "options": "it has options",
}
_PRIVILEGES = {"r": "select", "a": "insert", "w": "update", "x": "references"}
_BEFORE_ROW_INSERT = 2, 4  # of the server's bits: TRIGGER_TYPE_BEFORE, TRIGGER_TYPE_INSERT

_SYNC = """\
create function {function}() returns trigger language plpgsql security definer
  set search_path from current set timezone from current set datestyle from current as $haulback$
begin
  new.{new} := {value};
  return new;
end
$haulback$"""
_TRIGGER = "create trigger {name} before insert or update on {table} for each row execute function {function}()"
_IGNORE_DROP = "-- haulback:ignore drop-column its values are in {new}, which takes its place and name\n"
_IGNORE_GRANT = "-- haulback:ignore grant-to-anon the column that it takes the place of grants it, too\n"


def offer(reading: Reading, seen: Seen) -> Offer:
    """The ALTER TABLE with each change of type that would write the table anew made through a second column."""
    table = names.relation(seen.node.relation)
    return parting.offered(seen, lambda command: _part(reading, seen, table, command))


def _part(reading: Reading, seen: Seen, table: str, command: Node) -> Part | None:
    if enum(command, "subtype") != "AT_AlterColumnType":
        return None
    known = batches.fit(reading, seen, table)
    _require_untouched(reading, seen, table, known, command.name)
    swap = _planned(reading, seen, known, command)
    return Part((), tuple(swap.statements(reading, seen, table)))


def _require_untouched(reading: Reading, seen: Seen, table: str, known: KnownTable, column: str) -> None:
    """What the target tells of the column must still hold when the statement runs."""
    told = {names.bare(table), *(names.bare(one.key.identity) for one in known.parts if indexed.is_index(one))}
    for one in reading.statements:
        if one.number < seen.number and any(mentions(one.text, name) for name in told):
            raise NotOffered(f"an earlier statement of the file is about {table}")
    others = [one.alter_table_cmd for one in seen.node.cmds]
    if sum(standing.named_in(one, column) for one in others) > 1:
        raise NotOffered(f"the statement changes {column} in other ways, too")
    if any(enum(one, "subtype") == "AT_DropColumn" for one in others):
        raise NotOffered("the statement drops a column, which an index over both may need")


def _planned(reading: Reading, seen: Seen, known: KnownTable, command: Node) -> _Swap:
    column = known.column(command.name)
    if column is None:
        raise NotOffered(f"the target has no column {command.name}")
    if command.name in known.key:
        raise NotOffered(f"{command.name} is part of the primary key that batches go along")
    for facet, reason in _LOST.items():
        if column.facets.get(facet):
            raise NotOffered(reason)
    definition = getattr(command, "def").column_def
    if definition.HasField("coll_clause"):
        raise NotOffered("it gets a collation of its own")
    standing.require_no_domain(reading, definition.type_name)
    using = definition.raw_default if definition.HasField("raw_default") else None
    if using is not None and (volatile(reading, using) or batches.tells_time(using)):
        raise NotOffered("its USING gives another value each time")
    return _Swap(
        alter=parting.altering(seen),
        table=writing.relation(seen.node.relation),
        schema=seen.node.relation.schemaname,
        bare=names.bare(names.relation(seen.node.relation)),
        column=command.name,
        type_=writing.column_type(definition.type_name),
        using=using,
        known=known,
        kept=_kept(known, column),
        facets=column.facets,
    )


def _kept(known: KnownTable, column: SchemaObject) -> tuple[SchemaObject, ...]:
    """What depends on the column and can be made again on another, in order.

    Raises:
        NotOffered: with what cannot.
    """
    found = sorted((one for one in known.schema if column.key in one.depends), key=lambda one: one.key)
    strange = [one for one in found if one.key.kind != "default" and not indexed.can_move(one, known, column)]
    strange = [one for one in strange if not _owned(one, column)]
    if strange:
        raise NotOffered(f"{shown(strange[0])} depends on it")
    for one in known.schema:
        if one.key.kind == "publication" and any(map(known.is_filtered, one.facets.get("tables") or ())):
            raise NotOffered(f"{shown(one)} has a list of columns, or a filter, for its table")
    return tuple(found)


def _owned(one: SchemaObject, column: SchemaObject) -> bool:
    return one.key.kind == "sequence" and one.facets.get("owned_by") == column.key.identity


@dataclass(frozen=True)
class _Swap:
    """One change of type.

    Attributes:
        alter: `alter table orders`.
        table: as the statement names it.
        schema: as written; empty where none is.
        bare: the table's last name, unquoted.
        column: unquoted.
        type_: the new type, as SQL.
        using: the expression of USING.
        kept: what depends on the column.
        facets: of the column.
    """

    alter: str
    table: str
    schema: str
    bare: str
    column: str
    type_: str
    using: Node | None
    known: KnownTable
    kept: tuple[SchemaObject, ...]
    facets: dict[str, object]

    def statements(self, reading: Reading, seen: Seen, table: str) -> Iterator[str]:
        """All of it; the first commit ends what a reader of the table may have to wait for, the last is the file's."""
        column, new = names.identifier(self.column), names.identifier(self._new)
        self._require_last(reading, seen)
        self._require_free(reading)
        moved = [indexed.Moved(one, self.table, self.column, self._new) for one in self.kept if indexed.is_index(one)]
        yield f"{self.alter} add column {new} {self.type_}"
        yield _SYNC.format(function=self._function, new=new, value=self._value("new"))
        yield _TRIGGER.format(name=names.identifier(self._sync), table=self.table, function=self._function)
        yield "commit"
        todo = f"{new} is null" + ("" if self.using is not None else f" and {column} is not null")
        yield batches.filling(reading, seen, table, {self._new: self._value("")}, todo)
        for one in moved:
            yield one.build()
        check = names.identifier(self._check)
        if self.facets["not_null"]:
            yield f"{self.alter} add constraint {check} check ({new} is not null) not valid"
            yield "commit"
            yield f"{self.alter} validate constraint {check}"
        yield "commit"
        yield f"drop trigger {names.identifier(self._sync)} on {self.table}"
        yield f"drop function {self._function}()"
        yield from self._settings()
        yield _IGNORE_DROP.format(new=self._new) + f"{self.alter} drop column {column}"
        yield f"{self.alter} rename column {new} to {column}"
        if self.facets["not_null"]:
            # Apart, and the check dropped after: else the server reads every row again.
            yield f"{self.alter} alter column {column} set not null"
            yield f"{self.alter} drop constraint {check}"
        for one in moved:
            yield one.take_place(self.alter)

    def _settings(self) -> Iterator[str]:
        """What the old column has besides its values."""
        column, new = names.identifier(self.column), names.identifier(self._new)
        for one in self.kept:
            if one.key.kind == "sequence":
                yield f"alter sequence {one.key.identity} owned by {self.table}.{new}"
            if one.key.kind == "default":
                yield f"{self.alter} alter column {new} set default {one.facets['expression']}"
                yield f"{self.alter} alter column {column} drop default"
        if comment := self.facets.get("comment"):
            yield f"comment on column {self.table}.{new} is {_literal(str(comment))}"
        listed = self.facets.get("acl") or []
        assert isinstance(listed, list)  # noqa: S101 - so the catalogs give it
        for entry in listed:
            yield self._grant(str(entry))

    def _grant(self, entry: str) -> str:
        """`anon=rw/postgres` as a GRANT on the new column."""
        grantee, _, rest = entry.partition("=")
        letters = rest.partition("/")[0]
        if not set(letters) <= _PRIVILEGES.keys():
            raise NotOffered("a right on it may be passed on")
        new = names.identifier(self._new)
        rights = ", ".join(f"{_PRIVILEGES[letter]} ({new})" for letter in letters)
        ignore = _IGNORE_GRANT if grantee == "anon" else ""
        return f"{ignore}grant {rights} on table {self.table} to {grantee or 'public'}"

    def _value(self, row: str) -> str:
        """The new value out of a row; the cast is that of an assignment, as ALTER COLUMN TYPE does it."""
        if self.using is None:
            return ".".join(part for part in (row, names.identifier(self.column)) if part)
        copy = type(self.using)()
        copy.CopyFrom(self.using)
        for one in trees.inside(copy, "ColumnRef"):
            parts = [part.string.sval for part in one.fields if part.HasField("string")]
            if len(parts) != len(one.fields) or parts[:-1] not in ([], [self.bare]):
                raise NotOffered("its USING reads a whole row")
            kept = grammar.parse(f"select {row + '.' if row else ''}{names.identifier(parts[-1])}")[0]
            one.CopyFrom(kept.target_list[0].res_target.val.column_ref)
        return f"({writing.expression(copy)})"

    def _require_last(self, reading: Reading, seen: Seen) -> None:
        """Triggers before the row fire by name: one behind ours could change the value after we read it."""
        for one in self.known.of("trigger"):
            node = grammar.parse(one.facets["definition"])[0]
            before = node.row and node.timing & _BEFORE_ROW_INSERT[0] and node.events & _BEFORE_ROW_INSERT[1]
            if before and node.trigname > self._sync:
                raise NotOffered(f"the trigger {node.trigname} may change the value after ours has read it")
        made = {names.relation(one.node.relation) for one in reading.of("create_trig_stmt")}
        if names.relation(seen.node.relation) in made:
            raise NotOffered(f"the file makes a trigger of {self.table}")

    def _require_free(self, reading: Reading) -> None:
        """A name of ours may be left from a file that was run in another way."""
        schema = names.parts(self.known.object.key.identity)[0]
        taken = constraints.relations(reading, schema)
        ours = {indexed.temporary(one) for one in self.kept if indexed.is_index(one)} & taken
        if self.known.column(self._new) is not None:
            ours.add(self._new)
        ours |= {
            one for one in (self._check, self._sync) if any(names.bare(p.key.identity) == one for p in self.known.parts)
        }
        if ours:
            raise NotOffered(f"there is a {min(ours)} already")

    @property
    def _check(self) -> str:
        return constraints.cut(f"haulback_{self.bare}_{self.column}_not_null")

    @property
    def _new(self) -> str:
        return constraints.cut(f"haulback_{self.column}")

    @property
    def _sync(self) -> str:
        return constraints.cut(f"haulback_{self.bare}_{self.column}_sync")

    @property
    def _function(self) -> str:
        return ".".join(names.identifier(part) for part in (self.schema, self._sync) if part)


def _literal(text: str) -> str:
    if "\\" in text:
        return "e'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
    return "'" + text.replace("'", "''") + "'"
