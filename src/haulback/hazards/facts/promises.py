"""What the files read together promise of rows: constraints, unique indexes, and what refers to what."""

from __future__ import annotations

from dataclasses import dataclass, field

from haulback.hazards import names
from haulback.hazards.facts.makings import Makings
from haulback.hazards.reading import Reading, Seen
from haulback.migrations.grammar import Node, enum

_BEFORE, _INSERT = 2, 4  # bits of pg_trigger.tgtype
_FILLING = frozenset({"CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"})
_SERIAL = frozenset({"serial", "serial4", "bigserial", "serial8", "smallserial", "serial2"})
_KINDS = {
    "CONSTR_PRIMARY": "p",
    "CONSTR_UNIQUE": "u",
    "CONSTR_EXCLUSION": "x",
    "CONSTR_CHECK": "c",
    "CONSTR_FOREIGN": "f",
}


@dataclass
class Promises:
    """Filled while files are read.

    Attributes:
        constraints: the letter of pg_constraint.contype by `schema.table.constraint`, of those that are named.
        unique_indexes: whether an index is unique, by name.
        index_tables: the table of an index, by name.
        trigger_functions: functions that return a trigger: nothing but triggers calls them.
        references: by the table that is referred to: each table that does, and whether ON DELETE CASCADE.
        restrictive: whether a policy is, by `schema.table.policy`.
        filled: whether the server fills a column that an insert leaves out, by `schema.table.column`.
        filling_triggers: tables with a trigger before inserts, which may fill a column.
        functions, views: who made them, in order.
        unvalidated: constraints added NOT VALID and validated nowhere later, with their statements.
    """

    constraints: dict[str, str] = field(default_factory=dict)
    unique_indexes: dict[str, bool] = field(default_factory=dict)
    index_tables: dict[str, str] = field(default_factory=dict)
    trigger_functions: set[str] = field(default_factory=set)
    references: dict[str, dict[str, bool]] = field(default_factory=dict)
    restrictive: dict[str, bool] = field(default_factory=dict)
    filled: dict[str, bool] = field(default_factory=dict)
    filling_triggers: set[str] = field(default_factory=set)
    functions: Makings = field(default_factory=Makings)
    views: Makings = field(default_factory=Makings)
    unvalidated: dict[str, Seen] = field(default_factory=dict)

    def add(self, seen: Seen) -> None:
        reader = _READERS.get(seen.name)
        if reader:
            reader(self, seen)


def fills(definition: Node) -> bool:
    """Whether the server fills a column of this definition: by a default, an identity, an expression, a sequence."""
    if any(enum(one.constraint, "contype") in _FILLING for one in definition.constraints):
        return True
    # A column of a typed table or a partition names no type.
    return any(one in _SERIAL for one in names.words(definition.type_name.names)[-1:])


def promises(reading: Reading) -> Promises:
    """What all files read with this one promise at the end."""
    return reading.declared.promises


def _create(found: Promises, seen: Seen) -> None:
    table = names.relation(seen.node.relation)
    for element in seen.node.table_elts:
        if element.HasField("column_def"):
            found.filled[f"{table}.{names.dotted(element.column_def.colname)}"] = fills(element.column_def)
            for one in element.column_def.constraints:
                _constraint(found, seen, table, one.constraint)
        elif element.HasField("constraint"):
            _constraint(found, seen, table, element.constraint)


def _constraint(found: Promises, seen: Seen, table: str, constraint: Node) -> None:
    kind = _KINDS.get(enum(constraint, "contype"))
    if kind is None:
        return
    name = f"{table}.{names.dotted(constraint.conname)}" if constraint.conname else ""
    if name:
        found.constraints[name] = kind
    if kind == "f":
        referred = found.references.setdefault(names.relation(constraint.pktable), {})
        referred[table] = referred.get(table, False) or constraint.fk_del_action == "c"
    if name and constraint.skip_validation:
        found.unvalidated[name] = seen


def _alter(found: Promises, seen: Seen) -> None:
    table = names.relation(seen.node.relation)
    for one in seen.node.cmds:
        command = one.alter_table_cmd
        definition = getattr(command, "def")
        match enum(command, "subtype"):
            case "AT_AddConstraint":
                _constraint(found, seen, table, definition.constraint)
            case "AT_ColumnDefault":
                found.filled[f"{table}.{names.dotted(command.name)}"] = command.HasField("def")
            case "AT_AddIdentity":
                found.filled[f"{table}.{names.dotted(command.name)}"] = True
            case "AT_DropIdentity" | "AT_DropExpression":
                found.filled[f"{table}.{names.dotted(command.name)}"] = False
            case "AT_AddColumn":
                found.filled[f"{table}.{names.dotted(definition.column_def.colname)}"] = fills(definition.column_def)
                for constraint in definition.column_def.constraints:
                    _constraint(found, seen, table, constraint.constraint)
            case "AT_ValidateConstraint" | "AT_DropConstraint":
                found.unvalidated.pop(f"{table}.{names.dotted(command.name)}", None)


def _index(found: Promises, seen: Seen) -> None:
    node = seen.node
    if node.idxname:
        name = names.dotted(node.relation.schemaname or names.DEFAULT_SCHEMA, node.idxname)
        found.unique_indexes[name] = node.unique
        found.index_tables[name] = names.relation(node.relation)


def _view(found: Promises, seen: Seen) -> None:
    found.views.make(names.relation(seen.node.view), seen)


def _function(found: Promises, seen: Seen) -> None:
    found.functions.make(names.qualified(names.words(seen.node.funcname)), seen)
    if names.words(seen.node.return_type.names)[-1:] == ["trigger"]:
        found.trigger_functions.add(names.qualified(names.words(seen.node.funcname)))


def _trigger(found: Promises, seen: Seen) -> None:
    node = seen.node
    if node.timing == _BEFORE and node.events & _INSERT:
        found.filling_triggers.add(names.relation(node.relation))


def _policy(found: Promises, seen: Seen) -> None:
    table = names.relation(seen.node.table)
    found.restrictive[f"{table}.{names.dotted(seen.node.policy_name)}"] = not seen.node.permissive


def _drop(found: Promises, seen: Seen) -> None:
    kind = enum(seen.node, "remove_type")
    for one in seen.node.objects:
        if kind == "OBJECT_TABLE":
            gone = names.qualified(names.words(one.list.items)) + "."
            for name in [name for name in found.unvalidated if name.startswith(gone)]:
                del found.unvalidated[name]
        elif kind in {"OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE"}:
            found.functions.drop(names.qualified(names.words(one.object_with_args.objname)), seen)
        elif kind == "OBJECT_VIEW":
            found.views.drop(names.qualified(names.words(one.list.items)), seen)


_READERS = {
    "create_stmt": _create,
    "alter_table_stmt": _alter,
    "index_stmt": _index,
    "create_function_stmt": _function,
    "view_stmt": _view,
    "create_trig_stmt": _trigger,
    "create_policy_stmt": _policy,
    "drop_stmt": _drop,
}
