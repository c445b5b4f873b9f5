"""Which columns of a table in use and of its backup can be compared, and by which key."""

from __future__ import annotations

from dataclasses import dataclass

from haulback.backups.errors import KeyChanged, NoKeyToCompareBy
from haulback.backups.row_layout import Layout, layout
from haulback.backups.table import Table
from haulback.model.backup import RowFormat, TableContent


@dataclass(frozen=True, slots=True)
class Shape:
    """How rows of both sides are made alike.

    Attributes:
        columns: that both sides have, in the order of the backup.
        places: of these in a row of the backup, of `width` columns; empty where they are all of it.
        key_places: of the key's columns in a row of the backup.
        key_here: of the key's columns among `columns`.
        format: in which the rows of both sides are.
        only_backup, only_table: columns that one side lacks.
    """

    columns: tuple[str, ...]
    places: tuple[int, ...]
    key_places: tuple[int, ...]
    key_here: tuple[int, ...]
    width: int
    format: RowFormat
    only_backup: tuple[str, ...] = ()
    only_table: tuple[str, ...] = ()

    def alike(self, row: bytes) -> bytes:
        """A row of the backup with the columns that are compared."""
        if not self.places:
            return row
        fields = self.layout.fields(row)
        return self.layout.row([fields[one] for one in self.places])

    def key_of_backup(self, row: bytes) -> bytes:
        return self.layout.key(row, self.key_places)

    def key_of_table(self, row: bytes) -> bytes:
        return self.layout.key(row, self.key_here)

    @property
    def layout(self) -> Layout:
        return layout(self.format)


def retyped(content: TableContent, table: Table) -> dict[str, str]:
    """The columns that have another type now, and which. Pure."""
    there = {one.name: one.type for one in table.columns}
    return {one.name: there[one.name] for one in content.columns if there.get(one.name, one.type) != one.type}


def shape(content: TableContent, table: Table) -> Shape:
    """Pure; types must be the same by now.

    Raises:
        NoKeyToCompareBy, KeyChanged: rows cannot be told apart.
    """
    if not content.key or not table.key:
        raise NoKeyToCompareBy(identity=table.identity, where="the backup" if table.key else "the table")
    if content.key != table.key:
        raise KeyChanged(identity=table.identity, then=", ".join(content.key), now=", ".join(table.key))
    there = {one.name for one in table.columns}
    then = [one.name for one in content.columns]
    columns = tuple(one for one in then if one in there)
    return Shape(
        columns,
        tuple(then.index(one) for one in columns) if len(columns) < len(then) else (),
        tuple(then.index(one) for one in content.key),
        tuple(columns.index(one) for one in content.key),
        len(then),
        content.format,
        tuple(one for one in then if one not in there),
        tuple(one.name for one in table.columns if one.name not in then),
    )
