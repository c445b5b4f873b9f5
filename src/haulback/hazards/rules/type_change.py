"""ALTER COLUMN TYPE: the table and its indexes are written anew, unless the old values are valid as they stand."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import column_types, conversions
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rewrites import swap, writing
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_AlterColumnType"):
        definition = getattr(command, "def").column_def
        old = conversions.before(reading, seen, table, command.name)
        new = column_types.of_tree(definition.type_name)
        keeps = _keeps_values(definition, command.name, new)
        column = f"{table}.{names.dotted(command.name)}"
        if keeps and old and not conversions.rewrites(old, new):
            if definition.HasField("coll_clause"):
                yield _sorted_anew(seen, table, column)
            continue
        shown = writing.column_type(definition.type_name)
        if old or not keeps:
            told = f"nobody reads or writes {table} until it and its indexes are written anew"
        else:
            told = (
                f"nobody reads or writes {table} while it is written anew, unless every old value is one as it stands"
            )
        offer = swap.offer(reading, seen)
        yield Found(
            seen,
            f"{column} becomes {shown}{f' from {old}' if old else ''}: {told}",
            table=table,
            subject=column,
            advice=offer.told(
                "Add a column of the new type, keep it in step by a trigger, fill it in batches, and swap the two."
                " The column then stands last, and its table is larger until it is packed."
            ),
            rewrite=offer.rewrite,
        )


def _sorted_anew(seen: Seen, table: str, column: str) -> Found:
    return Found(
        seen,
        f"nobody reads or writes {table} until the indexes over {column} are built anew in another order",
        table=table,
        subject=column,
        advice="Write COLLATE in the queries or in an index of their own, or add a column as with another type.",
        work=Work.BUILD,
    )


def _keeps_values(definition: Node, column: str, new: str) -> bool:
    """Whether USING says no more than the change of type does by itself."""
    if not definition.HasField("raw_default"):
        return True
    using = definition.raw_default
    cast = conversions.cast(using, column)
    return conversions.is_column(using, column) or (cast is not None and column_types.of_tree(cast) == new)


RULE = Rule(
    "type-change",
    "A column changes its type and the table is written anew while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.REWRITE,
    squawk=("changing-column-type",),
)
