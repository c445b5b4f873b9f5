"""ALTER COLUMN TYPE of columns that were there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from haulback.hazards import names
from haulback.hazards.facts import column_types, conversions, narrowing
from haulback.hazards.facts.filled import is_new_column
from haulback.hazards.reading import Reading, Seen

_TEXTS = frozenset({"text", "varchar", "citext"})


@dataclass(frozen=True, slots=True)
class TypeChange:
    """One change of type.

    Attributes:
        column: with its table.
        old: empty where nobody knows.
        loss: what happens to values that do not fit; empty where all fit.
    """

    seen: Seen
    column: str
    old: str
    new: str
    loss: str

    @property
    def is_noticed(self) -> bool:
        """Whether a client could tell: texts of whatever length read alike."""
        words = {column_types.split(one)[0] for one in (self.old, self.new)}
        return len(words) > 1 and not words <= _TEXTS


def type_changes(reading: Reading) -> Iterator[TypeChange]:
    """The changes of types of columns that this file does not make."""
    for seen, table, command in reading.altered("AT_AlterColumnType"):
        if is_new_column(reading, table, command.name, seen):
            continue
        definition = getattr(command, "def").column_def
        old, new = conversions.before(reading, seen, table, command.name), column_types.of_tree(definition.type_name)
        using = definition.raw_default
        given = definition.HasField("raw_default")
        casts = given and using.WhichOneof("node") == "type_cast"
        mapped = given and not casts and not conversions.is_column(using, command.name)
        lost = "" if mapped else narrowing.loss(old, new, explicit=casts)
        yield TypeChange(seen, f"{table}.{names.dotted(command.name)}", old, new, lost)
