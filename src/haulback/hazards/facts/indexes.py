"""Which columns of a table an index leads with, by all the files and by the target."""

from __future__ import annotations

from collections.abc import Iterable

from haulback.hazards import names, once
from haulback.hazards.reading import Reading
from haulback.migrations import grammar
from haulback.model.schema import Schema


def leads(reading: Reading, table: str, columns: Iterable[str]) -> bool:
    """Whether an index begins with these columns, in any order."""
    wanted = frozenset(columns)
    listed = [*reading.declared.indexes.get(table, ())]
    if reading.known.schema is not None:
        listed += _of_target(reading.known.schema).get(table, [])
    return any(frozenset(one[: len(wanted)]) == wanted for one in listed)


def are_known(reading: Reading, table: str) -> bool:
    """Whether all of its indexes are known: the files make the table, or the target was read."""
    return table in reading.declared.standing.tables or reading.known.schema is not None


def name(table: str, columns: Iterable[str]) -> str:
    """What PostgreSQL would call an index on these columns, in 63 bytes."""
    return "_".join([names.bare(table), *columns])[:59] + "_idx"


@once.for_each
def _of_target(schema: Schema) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for one in schema:
        if one.key.kind not in {"index", "constraint"} or one.parent is None:
            continue
        definition = str(one.facets.get("definition", ""))
        columns = _of_index(definition) if one.key.kind == "index" else _of_constraint(definition)
        if columns:
            found.setdefault(names.of_catalog(one.parent.identity), []).append(columns)
    return found


def _of_index(definition: str) -> tuple[str, ...]:
    (tree,) = grammar.parse(definition)
    return () if tree.HasField("where_clause") else tuple(one.index_elem.name for one in tree.index_params)


def _of_constraint(definition: str) -> tuple[str, ...]:
    if not definition.startswith(("PRIMARY KEY", "UNIQUE")):
        return ()
    (tree,) = grammar.parse(f"alter table t add {definition}")
    return tuple(names.words(getattr(tree.cmds[0].alter_table_cmd, "def").constraint.keys))
