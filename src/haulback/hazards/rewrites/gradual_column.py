"""A column whose value differs in every row, added in steps: empty, then its default, then the old rows in batches.

ADD COLUMN with a volatile default, a serial or an identity writes the table anew while nobody gets at it. In steps
nobody waits for longer than a batch takes, and the column comes to the same end. Rows get serial numbers in the order
of the primary key instead of the order on disk.
"""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import constraints
from haulback.hazards.facts.volatility import volatile
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rewrites import batches, parting, standing, writing
from haulback.hazards.rewrites.known_table import known_table, mentions
from haulback.hazards.rewrites.offer import NotOffered, Offer
from haulback.hazards.rewrites.parting import Part
from haulback.migrations import grammar
from haulback.migrations.grammar import Node, enum

_SERIAL = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
}


def offer(reading: Reading, seen: Seen) -> Offer:
    """The ALTER TABLE with every column that would be filled row by row added in steps."""
    table = names.relation(seen.node.relation)
    return parting.offered(seen, lambda command: _part(reading, seen, table, command))


def _part(reading: Reading, seen: Seen, table: str, command: Node) -> Part | None:
    if enum(command, "subtype") != "AT_AddColumn":
        return None
    column = getattr(command, "def").column_def
    if command.missing_ok and known_table(reading, table).column(column.colname):
        return None
    default = _constraint(column, "CONSTR_DEFAULT")
    if _constraint(column, "CONSTR_PRIMARY") is not None:
        raise NotOffered("the column is the primary key, which the batches would go along")
    if serial := _serial(column):
        return _Steps(reading, seen, table, command).serial(serial)
    if (identity := _constraint(column, "CONSTR_IDENTITY")) is not None:
        return _Steps(reading, seen, table, command).identity(identity)
    if default is not None and volatile(reading, default.raw_expr):
        return _Steps(reading, seen, table, command).default(default)
    return None


class _Steps:
    """What one ADD COLUMN becomes.

    Raises:
        NotOffered: an empty column would be refused, or read while it is empty.
    """

    def __init__(self, reading: Reading, seen: Seen, table: str, command: Node) -> None:
        self._reading, self._seen, self._table = reading, seen, table
        self._command = command
        self._definition = getattr(command, "def").column_def
        self._name = self._definition.colname
        self._column = names.identifier(self._name)
        self._alter = parting.altering(seen)
        standing.require_no_domain(reading, self._definition.type_name)
        self._require_unread()
        not_null = _constraint(self._definition, "CONSTR_NOTNULL")
        if not_null is not None and not_null.conname:
            raise NotOffered(f"the NOT NULL of {self._name} has a name of its own")
        self._not_null = not_null is not None
        self._leave_out("CONSTR_NOTNULL", "CONSTR_NULL", "CONSTR_DEFAULT", "CONSTR_IDENTITY")

    def _require_unread(self) -> None:
        """A check that is validated at once, or a generated column, would meet the column empty."""
        reads = [one.alter_table_cmd for one in self._seen.node.cmds]
        others = [one for one in reads if getattr(one, "def").column_def.colname != self._name]
        checked = _constraint(self._definition, "CONSTR_CHECK") is not None
        if checked or any(standing.named_in(one, self._name) and not _is_late(one) for one in others):
            raise NotOffered(f"{self._name} is read by the same statement while it would be empty")

    def default(self, default: Node) -> Part:
        """Existing rows get their values in batches, through the default itself."""
        text = writing.expression(default.raw_expr)
        set_default = writing.command(f"alter column {self._column} set default {text}")
        return Part((self._added(), set_default), tuple(self._filled(not_null=self._not_null)))

    def serial(self, kind: str) -> Part:
        """What the word serial stands for, its sequence included."""
        self._require_owner()
        self._definition.type_name.CopyFrom(_type(kind))
        sequence = self._sequence("seq")
        make = f"create sequence {sequence} as {kind} owned by {self._place}"
        set_default = f"{self._alter} alter column {self._column} set default nextval({_literal(sequence)})"
        return Part((self._added(),), (make, set_default, *self._filled(not_null=True)))

    def identity(self, identity: Node) -> Part:
        """A sequence of ours gives the values until every row has one; then the identity goes on from there."""
        self._require_owner()
        when = "always" if identity.generated_when == "a" else "by default"
        options = _options(identity)
        kind = writing.column_type(self._definition.type_name)
        ours = self._beside(constraints.cut(self._own("seq")))
        number = f"pg_catalog.nextval({_literal(ours)})"
        # The sequence goes on where ours ended.
        go_on = (
            f"select pg_catalog.setval(pg_catalog.pg_get_serial_sequence({_literal(self._quoted_table)},"
            f" {_literal(self._name)}), {number}, false)"
        )
        return Part(
            (self._added(),),
            (
                f"create sequence {ours} as {kind}{options} owned by {self._place}",
                f"{self._alter} alter column {self._column} set default {number}",
                *self._filled(not_null=True),
                f"{self._alter} alter column {self._column} drop default",
                # Else pg_get_serial_sequence may tell this one.
                f"alter sequence {ours} owned by none",
                f"{self._alter} alter column {self._column} add generated {when} as identity"
                + (f" ({options.strip()})" if options else ""),
                go_on,
                f"drop sequence {ours}",
            ),
        )

    def _require_owner(self) -> None:
        """A sequence can only be owned by a table of the same role."""
        owner, role = known_table(self._reading, self._table).object.facets.get("owner"), self._reading.known.role
        if role and owner != role:
            raise NotOffered(f"{self._table} belongs to {owner}, and its sequence would belong to {role}")

    def _filled(self, *, not_null: bool) -> Iterator[str]:
        """From the commit on: old rows get their values, then NOT NULL by a check that keeps nobody out."""
        yield "commit"
        yield batches.filling(
            self._reading, self._seen, self._table, {self._name: "default"}, f"{self._column} is null"
        )
        if not_null:
            check = names.identifier(constraints.cut(self._own("not_null")))
            yield f"{self._alter} add constraint {check} check ({self._column} is not null) not valid"
            yield "commit"
            yield f"{self._alter} validate constraint {check}"
            yield "commit"
            yield f"{self._alter} alter column {self._column} set not null"
            yield f"{self._alter} drop constraint {check}"

    def _added(self) -> Node:
        holder = writing.command("drop c")
        holder.alter_table_cmd.CopyFrom(self._command)
        return holder

    def _own(self, ending: str) -> str:
        return f"haulback_{names.bare(self._table)}_{self._name}_{ending}"

    @property
    def _place(self) -> str:
        return f"{self._quoted_table}.{self._column}"

    @property
    def _quoted_table(self) -> str:
        return writing.relation(self._seen.node.relation)

    def _sequence(self, label: str) -> str:
        """The name that the server would choose: it counts up from 1 until nothing of the schema has it."""
        schema, bare = names.parts(self._table)
        taken = constraints.relations(self._reading, schema)
        number = 0
        while (chosen := constraints.composed(bare, self._name, label + (str(number) if number else ""))) in taken:
            number += 1
        if any(one.number < self._seen.number and mentions(one.text, chosen) for one in self._reading.statements):
            raise NotOffered(f"something else in the file is called {chosen}")
        return self._beside(chosen)

    def _beside(self, name: str) -> str:
        """A name in the schema of the table, written as the table is."""
        return ".".join(names.identifier(part) for part in (self._seen.node.relation.schemaname, name) if part)

    def _leave_out(self, *kinds: str) -> None:
        kept = [one for one in self._definition.constraints if enum(one.constraint, "contype") not in kinds]
        copies = []
        for one in kept:
            copy = type(one)()
            copy.CopyFrom(one)
            copies.append(copy)
        del self._definition.constraints[:]
        self._definition.constraints.extend(copies)


def _constraint(column: Node, kind: str) -> Node | None:
    """A copy of a constraint of a column definition."""
    for one in column.constraints:
        if enum(one.constraint, "contype") == kind:
            copy = type(one.constraint)()
            copy.CopyFrom(one.constraint)
            return copy
    return None


def _is_late(command: Node) -> bool:
    """Whether a constraint reads no row yet, or passes a row without a value."""
    constraint = getattr(command, "def").constraint
    kind = enum(constraint, "contype")
    return kind in {"CONSTR_UNIQUE", "CONSTR_FOREIGN", "CONSTR_EXCLUSION"} or bool(constraint.skip_validation)


def _serial(column: Node) -> str:
    words = names.words(column.type_name.names)
    return _SERIAL.get(words[-1], "") if len(words) == 1 and not column.type_name.array_bounds else ""


def _type(name: str) -> Node:
    return grammar.parse(f"select null::{name}")[0].target_list[0].res_target.val.type_cast.type_name


def _options(identity: Node) -> str:
    """The sequence options of an identity, as CREATE SEQUENCE takes them."""
    if not identity.options:
        return ""
    if any(one.def_elem.defname == "sequence_name" for one in identity.options):
        raise NotOffered("the identity names its sequence")
    sequence = grammar.parse("create sequence s")[0]
    sequence.options.extend(identity.options)
    return writing.statement(sequence).removeprefix("create sequence s")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
