"""What the files read together tell of columns, types and functions, each in order: a rule asks what was before."""

from __future__ import annotations

from dataclasses import dataclass, field

from haulback.hazards import names
from haulback.hazards.facts import trees
from haulback.hazards.reading import Seen
from haulback.migrations.grammar import Node, enum


@dataclass
class History:
    """Filled with the files, complete before any rule looks.

    Attributes:
        renamed: the first name of a table, by each later one.
        partitioned: the partitioned tables, each with its strategy and its columns (empty for an expression).
        types: of a column, `table.column`: each statement that gives it one, in order.
        proven: columns that a validated check says are not null, as (table, column).
        checks: what each validated check of a table reads.
        unique: relations with a unique index over plain columns of all rows.
        domains: domains; whether each has a constraint.
        volatile: functions by bare name; whether each may give another value for every row.
        unvalidated: checks that are NOT VALID so far, by table and name.
    """

    renamed: dict[str, str] = field(default_factory=dict)
    partitioned: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    types: dict[str, list[tuple[Seen, Node]]] = field(default_factory=dict)
    proven: set[tuple[str, str]] = field(default_factory=set)
    unique: set[str] = field(default_factory=set)
    domains: dict[str, bool] = field(default_factory=dict)
    volatile: dict[str, bool] = field(default_factory=dict)
    checks: dict[str, list[list[str]]] = field(default_factory=dict)
    unvalidated: dict[tuple[str, str], Node] = field(default_factory=dict)

    def add(self, seen: Seen) -> None:
        reader = _READERS.get(seen.name)
        if reader:
            reader(self, seen)

    def type_before(self, column: str, seen: Seen) -> Node | None:
        """The type that a column has when a statement begins; None where the files do not tell."""
        before = None
        for other, type_name in self.types.get(column, ()):
            if other is seen:
                return before
            before = type_name
        return before


def _create(history: History, seen: Seen) -> None:
    node = seen.node
    table = names.relation(node.relation)
    if node.HasField("partspec"):
        listed = tuple(one.partition_elem.name for one in node.partspec.part_params)
        history.partitioned[table] = (
            enum(node.partspec, "strategy").removeprefix("PARTITION_STRATEGY_").lower(),
            listed if all(listed) else (),
        )
    for element in node.table_elts:
        if element.HasField("column_def"):
            _typed(history, seen, table, element.column_def.colname, element.column_def)
        elif element.HasField("constraint"):
            _checked(history, table, element.constraint)


def _typed(history: History, seen: Seen, table: str, column: str, definition: Node) -> None:
    history.types.setdefault(f"{table}.{names.dotted(column)}", []).append((seen, definition.type_name))


def _alter(history: History, seen: Seen) -> None:
    table = names.relation(seen.node.relation)
    for one in seen.node.cmds:
        command = one.alter_table_cmd
        definition = getattr(command, "def")
        match enum(command, "subtype"):
            case "AT_AddColumn":
                _typed(history, seen, table, definition.column_def.colname, definition.column_def)
            case "AT_AlterColumnType":
                _typed(history, seen, table, command.name, definition.column_def)
            case "AT_AddConstraint" if definition.HasField("constraint"):
                _checked(history, table, definition.constraint)
            case "AT_ValidateConstraint" if (table, command.name) in history.unvalidated:
                _proven(history, table, history.unvalidated[table, command.name])


def _checked(history: History, table: str, constraint: Node) -> None:
    if enum(constraint, "contype") != "CONSTR_CHECK":
        return
    if not constraint.skip_validation:
        _proven(history, table, constraint)
    elif constraint.conname:
        history.unvalidated[table, constraint.conname] = constraint


def _proven(history: History, table: str, constraint: Node) -> None:
    history.checks.setdefault(table, []).append(trees.columns(constraint.raw_expr))
    history.proven |= {(table, column) for column in trees.proven_not_null(constraint.raw_expr)}


def _index(history: History, seen: Seen) -> None:
    node = seen.node
    if node.unique and not node.HasField("where_clause") and all(one.index_elem.name for one in node.index_params):
        history.unique.add(names.relation(node.relation))


def _domain(history: History, seen: Seen) -> None:
    kinds = {enum(one.constraint, "contype") for one in seen.node.constraints}
    history.domains[names.qualified(names.words(seen.node.domainname))] = bool(
        kinds & {"CONSTR_CHECK", "CONSTR_NOTNULL"}
    )


def _alter_domain(history: History, seen: Seen) -> None:
    if seen.node.subtype in {"C", "O"}:
        history.domains[names.qualified(names.words(seen.node.type_name))] = True


def _function(history: History, seen: Seen) -> None:
    options = {one.def_elem.defname: one.def_elem.arg for one in seen.node.options}
    said = options["volatility"].string.sval if "volatility" in options else "volatile"
    history.volatile[names.words(seen.node.funcname)[-1]] = said == "volatile"


def _rename(history: History, seen: Seen) -> None:
    if enum(seen.node, "rename_type") == "OBJECT_TABLE":
        old = names.relation(seen.node.relation)
        new = names.dotted(names.schema_of(old), seen.node.newname)
        history.renamed[new] = history.renamed.get(old, old)


_READERS = {
    "rename_stmt": _rename,
    "create_stmt": _create,
    "alter_table_stmt": _alter,
    "index_stmt": _index,
    "create_domain_stmt": _domain,
    "alter_domain_stmt": _alter_domain,
    "create_function_stmt": _function,
}
