"""The constraints that an ALTER TABLE adds, whether they stand alone or at a new column."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from haulback.hazards import once
from haulback.hazards.facts import constraints
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rewrites import parting, writing
from haulback.hazards.rewrites.known_table import known_table, mentions
from haulback.hazards.rewrites.offer import NotOffered
from haulback.hazards.rewrites.parting import Part
from haulback.migrations.grammar import Node, enum

_NAMED = ("CONSTR_CHECK", "CONSTR_FOREIGN", "CONSTR_UNIQUE", "CONSTR_PRIMARY", "CONSTR_EXCLUSION")
_ATTRIBUTES = {
    "CONSTR_ATTR_DEFERRABLE": ("deferrable", True),
    "CONSTR_ATTR_NOT_DEFERRABLE": ("deferrable", False),
    "CONSTR_ATTR_DEFERRED": ("initdeferred", True),
    "CONSTR_ATTR_IMMEDIATE": ("initdeferred", False),
    "CONSTR_ATTR_ENFORCED": ("is_enforced", True),
    "CONSTR_ATTR_NOT_ENFORCED": ("is_enforced", False),
}


@dataclass(frozen=True, slots=True)
class Added:
    """One constraint.

    Attributes:
        seen: the statement.
        table: that gets it.
        constraint: a copy, as one that stands alone: over its columns, with its attributes.
        column: the definition of the new column that it stands at; None where it stands alone.
    """

    seen: Seen
    table: str
    constraint: Node
    column: Node | None = None

    @property
    def columns(self) -> list[str]:
        return constraints.keys(self.constraint)

    def name(self, reading: Reading) -> str:
        return constraints.name(reading, self.table, self.constraint)


def added(reading: Reading, kind: str) -> Iterator[Added]:
    """The constraints of one kind, such as `CONSTR_CHECK`."""
    yield from _by_kind(reading).get(kind, ())


@once.for_each
def _by_kind(reading: Reading) -> dict[str, list[Added]]:
    found: dict[str, list[Added]] = {}
    for seen, table, command in reading.altered("AT_AddConstraint", "AT_AddColumn"):
        if enum(seen.node, "objtype") != "OBJECT_TABLE":
            continue  # nobody validates what a foreign table promises
        for constraint, column in _of(command):
            found.setdefault(enum(constraint, "contype"), []).append(Added(seen, table, constraint, column))
    return found


def parted(reading: Reading, one: Added, kind: str, part: Callable[[Added], Part]) -> str:
    """The statement of a constraint, with all those of its kind taken out of it.

    Args:
        reading: of the file.
        one: any of them.
        kind: such as `CONSTR_CHECK`.
        part: tells what each becomes; what it leaves in the statement comes right behind its column.
    """

    def each(command: Node) -> Part | None:
        found = [
            Added(one.seen, one.table, constraint, column)
            for constraint, column in _of(command)
            if enum(constraint, "contype") == kind
        ]
        if not found:
            return None
        if command.missing_ok and not _is_missing(reading, one.table, command):
            raise NotOffered("the column may be there already, and then so is its constraint")
        for other in found:
            _require_own_name(reading, other)
        parts = [part(other) for other in found]
        stays = [new for other in parts for new in other.stays]
        follows = tuple(text for other in parts for text in other.follows)
        return Part((*_without(command, kind), *stays), follows)

    try:
        return parting.parted(one.seen, each)
    except NotOffered:
        return ""


def _require_own_name(reading: Reading, one: Added) -> None:
    """Raises NotOffered where the server may choose another name, since the file itself gives or frees that one."""
    if one.constraint.conname:
        return
    name = one.name(reading)
    others = [each for kind in _NAMED for each in added(reading, kind) if each.table == one.table]
    earlier = [each.text for each in reading.statements if each.number <= one.seen.number]
    if sum(each.name(reading) == name for each in others) > 1 or any(mentions(text, name) for text in earlier):
        raise NotOffered(f"something else in the file is called {name}")


def _is_missing(reading: Reading, table: str, command: Node) -> bool:
    """Whether ADD COLUMN IF NOT EXISTS is known to add the column."""
    column = getattr(command, "def").column_def.colname
    try:
        return known_table(reading, table).column(column) is None
    except NotOffered:
        return False


def adding(constraint: Node) -> Node:
    """The command that adds a constraint."""
    command = writing.command("add constraint c check (true)")
    getattr(command.alter_table_cmd, "def").constraint.CopyFrom(constraint)
    return command


def _of(command: Node) -> Iterator[tuple[Node, Node | None]]:
    definition = getattr(command, "def")
    if enum(command, "subtype") == "AT_AddConstraint":
        if definition.HasField("constraint"):
            yield _copy(definition.constraint), None
    elif definition.HasField("column_def"):
        column = definition.column_def
        for constraint in _alone(column):
            yield constraint, column


def _alone(column: Node) -> list[Node]:
    """The constraints of a column as ones that stand alone, each with the attributes that are written behind it."""
    found: list[Node] = []
    for one in column.constraints:
        kind = enum(one.constraint, "contype")
        if kind in _ATTRIBUTES:
            field, value = _ATTRIBUTES[kind]
            setattr(found[-1], field, value)
            if kind == "CONSTR_ATTR_DEFERRED":
                found[-1].deferrable = True
            continue
        copy = _copy(one.constraint)
        listed = {"CONSTR_FOREIGN": "fk_attrs", "CONSTR_UNIQUE": "keys", "CONSTR_PRIMARY": "keys"}.get(kind)
        if listed:
            getattr(copy, listed).add().string.sval = column.colname
        found.append(copy)
    return found


def _without(command: Node, kind: str) -> tuple[Node, ...]:
    """The command without its constraints of a kind; nothing where it is no more than such a constraint."""
    if enum(command, "subtype") == "AT_AddConstraint":
        return ()
    holder = writing.command("add c int")
    holder.alter_table_cmd.CopyFrom(command)
    column = getattr(holder.alter_table_cmd, "def").column_def
    written = list(column.constraints)
    del column.constraints[:]
    taken = False
    for one in written:
        this = enum(one.constraint, "contype")
        if this not in _ATTRIBUTES:
            taken = this == kind
        if not taken:
            column.constraints.append(one)
    return (holder,)


def _copy(node: Node) -> Node:
    copy = type(node)()
    copy.CopyFrom(node)
    return copy
