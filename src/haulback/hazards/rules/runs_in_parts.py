"""A file that cannot commit at once."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node, enum
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    if not reading.statements or reading.statements[-1].unit == reading.statements[0].unit:
        return
    first: dict[int, Seen] = {}
    for seen in reading.statements:
        if seen.name != "transaction_stmt" and not _for_locks(seen):
            first.setdefault(seen.unit, seen)
    if len(first) > 1:
        second = first[sorted(first)[1]]
        yield Found(
            second,
            "the file cannot commit at once: what stands before this is committed and seen by everybody"
            " before this begins, and a failure from here on leaves it for Haulback to go on or to take back",
            advice="Split the file where it commits, so that each file is whole or not there.",
        )


def _for_locks(seen: Seen) -> bool:
    """Whether a statement only finishes what an earlier part began, so that nobody misses it meanwhile."""
    if seen.name == "alter_table_stmt":
        return all(_finishes(one.alter_table_cmd) for one in seen.node.cmds)
    return not seen.transactional and seen.name in _UNSEEN


def _finishes(command: Node) -> bool:
    if enum(command, "subtype") != "AT_AddConstraint":
        return enum(command, "subtype") in _FINISHING
    constraint = getattr(command, "def").constraint
    return bool(constraint.indexname) or enum(constraint, "contype") == "CONSTR_NOTNULL"


# An index, or a value of an enum that nobody uses yet, changes no result.
_UNSEEN = frozenset({"index_stmt", "drop_stmt", "reindex_stmt", "vacuum_stmt", "alter_enum_stmt"})
_FINISHING = frozenset(
    {"AT_ValidateConstraint", "AT_SetNotNull", "AT_DropConstraint", "AT_AttachPartition", "AT_DetachPartition"}
)

RULE = Rule("runs-in-parts", "A file cannot commit at once", Family.MIXES, Level.NOTE, _find)
