"""How a file converts the columns that it gives another type, where its text alone tells. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from haulback.migrations import grammar
from haulback.migrations.grammar import Node, Parsed, enum

# What runs none of the users' code on the rows of a table: nothing of it can change a type or a value unseen. An
# ALTER TABLE may run some (a default, a check), but the server lets none of that alter the table that it works on.
_INERT = frozenset(
    {
        "alter_default_privileges_stmt",
        "alter_policy_stmt",
        "alter_table_stmt",
        "comment_stmt",
        "create_enum_stmt",
        "create_function_stmt",
        "create_policy_stmt",
        "create_stmt",
        "create_trig_stmt",
        "drop_stmt",
        "grant_stmt",
        "index_stmt",
        "transaction_stmt",
        "view_stmt",
    }
)
_TIMEOUTS = frozenset({"lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"})


@dataclass(frozen=True, slots=True)
class Conversion:
    """What an ALTER COLUMN TYPE makes of a value: bare names, and an expression over the row as it was."""

    table: str
    column: str
    expression: str


def conversions(text: str) -> tuple[Conversion, ...]:
    """Of each column that a file converts once; none where it runs what might change more than its text says.

    Args:
        text: of the file; known to be SQL.
    """
    parsed = list(grammar.statements(text.encode()))
    if not all(map(_is_inert, parsed)):
        return ()
    found = list(_found(one.node for one in parsed if one.name == "alter_table_stmt"))
    often = Counter((one.table, one.column) for one in found)
    return tuple(one for one in found if often[one.table, one.column] == 1)


def _is_inert(one: Parsed) -> bool:
    return one.name in _INERT or (one.name == "variable_set_stmt" and one.node.name in _TIMEOUTS)


def _found(altered: Iterable[Node]) -> Iterator[Conversion]:
    for node in altered:
        for each in node.cmds:
            command = each.alter_table_cmd
            if enum(command, "subtype") == "AT_AlterColumnType":
                yield Conversion(node.relation.relname, command.name, _expression(command))


def _expression(command: Node) -> str:
    """Its USING; without one the server assigns the value, as it does with the column by itself."""
    holder = grammar.parse("select 1")[0]
    value = holder.target_list[0].res_target.val
    using = getattr(command, "def").column_def.raw_default
    if using.WhichOneof("node"):
        value.CopyFrom(using)
    else:
        column = grammar.parse("select c")[0].target_list[0].res_target.val
        column.column_ref.fields[0].string.sval = command.name
        value.CopyFrom(column)
    return grammar.deparsed(holder)[len("SELECT ") :]
