"""What one file makes and drops, in order: much of what is dropped is only replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from haulback.hazards import names, once
from haulback.hazards.facts import column_types
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.facts.drops import Drop
from haulback.hazards.facts.object_names import OF_A_TABLE, arguments, member, named
from haulback.hazards.reading import Reading, Seen
from haulback.migrations import grammar
from haulback.migrations.grammar import Node

# Kinds that share one space of names, so that one may take the place of another.
_SPACES = {
    **dict.fromkeys(("VIEW", "MATVIEW", "TABLE", "FOREIGN_TABLE", "SEQUENCE", "INDEX"), "relation"),
    **dict.fromkeys(("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE"), "routine"),
    **dict.fromkeys(("TYPE", "DOMAIN"), "type"),
}
_ROUTINES = frozenset({"FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE"})
_ALONE = frozenset(
    {
        "SCHEMA",
        "EXTENSION",
        "EVENT_TRIGGER",
        "LANGUAGE",
        "FDW",
        "FOREIGN_SERVER",
        "PUBLICATION",
        "ACCESS_METHOD",
    }
)


@dataclass(frozen=True, slots=True)
class _Made:
    position: int
    arguments: tuple[str, ...] | None = None
    replacing: bool = False  # OR REPLACE, or IF NOT EXISTS: the target may have it already


class Objects:
    """What a file makes, drops and renames.

    Attributes:
        drops: in order.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._made: dict[tuple[str, str], list[_Made]] = {}
        self._renamed: dict[tuple[str, str], tuple[str, int]] = {}  # by the new name: the old one, and where
        self.drops: list[Drop] = []
        self._positions = {id(seen): position for position, seen in enumerate(reading.statements)}
        for position, seen in enumerate(reading.statements):
            reader = _READERS.get(seen.name)
            if reader:
                reader(self, seen, position)

    def gone(self, *kinds: str) -> Iterator[Drop]:
        """The drops of these kinds that are not made up for: the object existed before, and does not afterwards."""
        for drop in self.drops:
            if drop.kind in kinds and not self.temporary(drop) and not self.made_again(drop):
                yield drop

    def temporary(self, drop: Drop) -> bool:
        """Whether nothing that existed before this file is dropped, as far as can be known."""
        made = [one for one in self._of(drop) if one.position < drop.position]
        held = self._on_target(drop)
        if made and (held is not True or not any(one.replacing for one in made)):
            return not self._took_a_name(drop)
        if held is False:
            return not self._took_a_name(drop)
        if drop.table and self._table_is_the_files(drop.table, drop.position):
            return True
        return any(
            one.kind == drop.kind and one.name == drop.name and one.arguments == drop.arguments
            for one in self.drops
            if one.position < drop.position
        )

    def made_again(self, drop: Drop) -> bool:
        """Whether something of that name is made later: a function with the same arguments."""
        old = self._renamed.get((_space(drop.kind), drop.name))
        if old and old[1] < drop.position:
            return any(one.position >= old[1] for one in self._made.get((_space(drop.kind), old[0]), ()))
        return any(
            one.position > drop.position for one in self._of(drop) if drop.kind not in _ROUTINES or _fits(one, drop)
        )

    def made(self, kind: str, name: str, *, after: int = -1, before: int | None = None) -> bool:
        """Whether the file makes an object of that name, among positions that lie between."""
        return any(
            after < one.position and (before is None or one.position < before)
            for one in self._made.get((_space(kind), name), ())
        )

    def position(self, seen: Seen) -> int:
        """Where a statement stands among those of the file, those of DO blocks counted, too."""
        return self._positions[id(seen)]

    def makes(self, kind: str, name: str) -> list[tuple[int, tuple[str, ...] | None]]:
        """The makings of a name: (position, arguments of a function)."""
        return [(one.position, one.arguments) for one in self._made.get((_space(kind), name), ())]

    def dropped(self, kind: str, name: str, *, after: int = -1, before: int | None = None) -> bool:
        """Whether the file drops it, among positions that lie between."""
        return any(
            one.kind == kind and one.name == name and after < one.position and (before is None or one.position < before)
            for one in self.drops
        )

    def make(self, kind: str, name: str, made: _Made) -> None:
        self._made.setdefault((_space(kind), name), []).append(made)

    def rename(self, kind: str, old: str, new: str, position: int) -> None:
        self.make(kind, new, _Made(position))
        self._renamed[_space(kind), new] = (old, position)

    def _of(self, drop: Drop) -> list[_Made]:
        return self._made.get((_space(drop.kind), drop.name), [])

    def _took_a_name(self, drop: Drop) -> bool:
        """Whether what is dropped had another name when the file began."""
        old = self._renamed.get((_space(drop.kind), drop.name))
        if old is None or old[1] > drop.position:
            return False
        return not any(one.position < old[1] for one in self._made.get((_space(drop.kind), old[0]), ()))

    def _on_target(self, drop: Drop) -> bool | None:
        """Whether the target has it; None where nobody knows."""
        schema = self._reading.known.schema
        if schema is None or not drop.catalog_kinds:
            return None
        if catalog(schema).find(drop.catalog_kinds, drop.name):
            return True
        alone = drop.kind in _ALONE
        return False if alone or catalog(schema).covers(names.schema_of(drop.name)) else None

    def _table_is_the_files(self, table: str, position: int) -> bool:
        """Whether the table is made before in this file, or dropped by it: then what lives in it says nothing more."""
        if self.dropped("TABLE", table) or self.dropped("VIEW", table) or self.dropped("MATVIEW", table):
            return True
        known = self._reading.known.schema
        there = known is not None and bool(catalog(known).find(("table", "view", "foreign_table"), table))
        return not there and self.made("TABLE", table, before=position)


@once.for_each
def objects(reading: Reading) -> Objects:
    """What the file makes and drops."""
    return Objects(reading)


def _fits(made: _Made, drop: Drop) -> bool:
    return drop.arguments is None or made.arguments is None or made.arguments == drop.arguments


def _space(kind: str) -> str:
    return _SPACES.get(kind, kind)


def _drop(found: Objects, seen: Seen, position: int) -> None:
    node = seen.node
    kind = grammar.enum(node, "remove_type").removeprefix("OBJECT_")
    cascade = grammar.enum(node, "behavior") == "DROP_CASCADE"
    for one in node.objects:
        name, table, given = named(kind, one)
        found.drops.append(Drop(seen, kind, name, position, table, given, cascade, node.missing_ok))


def _alter_table(found: Objects, seen: Seen, position: int) -> None:
    node = seen.node
    table = names.relation(node.relation)
    for one in node.cmds:
        command = one.alter_table_cmd
        subtype = grammar.enum(command, "subtype")
        if subtype in {"AT_DropColumn", "AT_DropConstraint"}:
            found.drops.append(
                Drop(
                    seen,
                    subtype.removeprefix("AT_Drop").upper(),
                    member(table, command.name),
                    position,
                    table,
                    None,
                    grammar.enum(command, "behavior") == "DROP_CASCADE",
                    command.missing_ok,
                    command,
                )
            )
        elif subtype == "AT_AddConstraint":
            found.make("CONSTRAINT", member(table, getattr(command, "def").constraint.conname), _Made(position))
        elif subtype == "AT_AddColumn":
            made = _Made(position, replacing=command.missing_ok)
            found.make("COLUMN", member(table, getattr(command, "def").column_def.colname), made)


def _alter_domain(found: Objects, seen: Seen, position: int) -> None:
    node = seen.node
    domain = names.qualified(names.words(node.type_name))
    if node.subtype == "X":
        cascade = grammar.enum(node, "behavior") == "DROP_CASCADE"
        name = member(domain, node.name)
        found.drops.append(Drop(seen, "CONSTRAINT", name, position, "", None, cascade, node.missing_ok))
    elif node.subtype == "C":
        found.make("CONSTRAINT", member(domain, getattr(node, "def").constraint.conname), _Made(position))


def _rename(found: Objects, seen: Seen, position: int) -> None:
    node = seen.node
    kind = grammar.enum(node, "rename_type").removeprefix("OBJECT_")
    if kind == "COLUMN":
        table = names.relation(node.relation)
        found.rename(kind, member(table, node.subname), member(table, node.newname), position)
    elif kind == "TABCONSTRAINT":
        table = names.relation(node.relation)
        found.rename("CONSTRAINT", member(table, node.subname), member(table, node.newname), position)
    elif kind in OF_A_TABLE:
        table = names.relation(node.relation)
        found.rename(kind, member(table, node.subname), member(table, node.newname), position)
    elif node.HasField("relation"):
        old = names.relation(node.relation)
        found.rename(kind, old, names.dotted(names.schema_of(old), node.newname), position)
    elif kind in {"TYPE", "DOMAIN"}:
        old = names.qualified(names.words(node.object.list.items))
        found.rename(kind, old, names.dotted(names.schema_of(old), node.newname), position)
    elif kind in _ROUTINES:
        old, _, given = named(kind, node.object)
        new = names.dotted(names.schema_of(old), node.newname)
        found.make(kind, new, _Made(position, given))
        found.rename(kind, old, new, position)
    elif kind == "SCHEMA":
        found.rename(kind, names.dotted(node.subname), names.dotted(node.newname), position)


def _move(found: Objects, seen: Seen, position: int) -> None:
    node = seen.node
    kind = grammar.enum(node, "object_type").removeprefix("OBJECT_")
    old = names.relation(node.relation) if node.HasField("relation") else named(kind, node.object)[0]
    if kind not in _ALONE:
        found.rename(kind, old, names.dotted(node.newschema, names.bare(old)), position)


def _function(found: Objects, seen: Seen, position: int) -> None:
    node = seen.node
    made = _Made(position, arguments(node.parameters), node.replace)
    found.make("FUNCTION", names.qualified(names.words(node.funcname)), made)


def _define(found: Objects, seen: Seen, position: int) -> None:
    node = seen.node
    kind = grammar.enum(node, "kind").removeprefix("OBJECT_")
    found.make(kind, names.qualified(names.words(node.defnames)), _Made(position, replacing=node.replace))


def _of_table(kind: str, relation: str, name: str) -> Callable[[Objects, Seen, int], None]:
    def reader(found: Objects, seen: Seen, position: int) -> None:
        table = names.relation(getattr(seen.node, relation))
        made = _Made(position, replacing=getattr(seen.node, "replace", False))
        found.make(kind, member(table, getattr(seen.node, name)), made)

    return reader


def _in_schema(kind: str, naming: Callable[[Node], str]) -> Callable[[Objects, Seen, int], None]:
    def reader(found: Objects, seen: Seen, position: int) -> None:
        node = seen.node
        cautious = getattr(node, "if_not_exists", False) or getattr(node, "replace", False)
        found.make(kind, naming(node), _Made(position, replacing=cautious))

    return reader


def _index_name(node: Node) -> str:
    return names.dotted(node.relation.schemaname or names.DEFAULT_SCHEMA, node.idxname)


_READERS: dict[str, Callable[[Objects, Seen, int], None]] = {
    "drop_stmt": _drop,
    "alter_table_stmt": _alter_table,
    "alter_domain_stmt": _alter_domain,
    "rename_stmt": _rename,
    "alter_object_schema_stmt": _move,
    "create_function_stmt": _function,
    "define_stmt": _define,
    "create_trig_stmt": _of_table("TRIGGER", "relation", "trigname"),
    "create_policy_stmt": _of_table("POLICY", "table", "policy_name"),
    "rule_stmt": _of_table("RULE", "relation", "rulename"),
    "create_stmt": _in_schema("TABLE", lambda node: names.relation(node.relation)),
    "create_foreign_table_stmt": _in_schema("TABLE", lambda node: names.relation(node.base_stmt.relation)),
    "create_table_as_stmt": _in_schema("TABLE", lambda node: names.relation(node.into.rel)),
    "view_stmt": _in_schema("VIEW", lambda node: names.relation(node.view)),
    "create_seq_stmt": _in_schema("SEQUENCE", lambda node: names.relation(node.sequence)),
    "index_stmt": _in_schema("INDEX", _index_name),
    "create_schema_stmt": _in_schema("SCHEMA", lambda node: names.dotted(node.schemaname or node.authrole.rolename)),
    "create_extension_stmt": _in_schema("EXTENSION", lambda node: names.dotted(node.extname)),
    "create_publication_stmt": _in_schema("PUBLICATION", lambda node: names.dotted(node.pubname)),
    "create_event_trig_stmt": _in_schema("EVENT_TRIGGER", lambda node: names.dotted(node.trigname)),
    "create_enum_stmt": _in_schema("TYPE", lambda node: names.qualified(names.words(node.type_name))),
    "create_range_stmt": _in_schema("TYPE", lambda node: names.qualified(names.words(node.type_name))),
    "composite_type_stmt": _in_schema("TYPE", lambda node: names.relation(node.typevar)),
    "create_domain_stmt": _in_schema("DOMAIN", lambda node: names.qualified(names.words(node.domainname))),
    "create_cast_stmt": _in_schema(
        "CAST",
        lambda node: f"({column_types.of_tree(node.sourcetype)} as {column_types.of_tree(node.targettype)})",
    ),
}
