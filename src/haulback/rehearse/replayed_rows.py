"""The rows of a replayed history: what a file changed in them is put back on the way back, as captures do it.

A shadow holds only what the migrations themselves wrote, so the server keeps rows in files of its own. Going back
begins without the rows that are about to change and ends with those of before: what is made again meets what it
held over, and forward again finds what the first time found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from pathlib import PurePosixPath

import psycopg
from psycopg.rows import class_row

from haulback.model.schema import ObjectKey, Schema, compare
from haulback.pg.catalog.quoting import literal
from haulback.pg.queries import queries

_SQL = queries("haulback.rehearse", "replayed_rows.sql")
# As going back writes rows: no trigger of the users fires, no policy hides any.
_AS_CAPTURES = "set local session_replication_role = replica; set local row_security = off"
_AS_USUAL = "set local session_replication_role = origin; set local row_security = on"
_SEQUENCE = "S"


@dataclass(frozen=True, slots=True)
class _Relation:
    """A table or sequence as it stood; `mark` differs once its rows or position may, `columns` are quoted."""

    name: str
    oid: int
    kind: str
    mark: str
    columns: str | None


class ReplayedRows:
    """What the tables of a shadow hold, kept anew only where it may have changed."""

    def __init__(self) -> None:
        self._seen: dict[str, _Relation] = {}
        self._kept: dict[str, tuple[str, PurePosixPath]] = {}
        self._numbers = count()
        self._folder: PurePosixPath | None = None

    def look(self, connection: psycopg.Connection) -> None:
        """Keeps what changed since the last look; as the superuser, in autocommit."""
        found = _relations(connection)
        for gone in self._kept.keys() - found.keys():
            del self._kept[gone]
        for name, one in found.items():
            if one.kind != _SEQUENCE and one.columns and self._seen.get(name) != one:
                file = self._kept[name][1] if name in self._kept else self._file(connection)
                self._kept[name] = (one.columns, file)
                connection.execute(_copy(one.columns, name, "to", file))
        self._seen = found

    def touched(self, connection: psycopg.Connection, before: Schema, after: Schema) -> frozenset[str]:
        """Names what holds other rows than at the last look, or is altered between the two schemas."""
        found = _relations(connection)
        touched = {name for name in found.keys() | self._seen.keys() if found.get(name) != self._seen.get(name)}
        if not self._kept:
            return frozenset(touched)
        difference = compare(before, after)
        keys = {*difference.created, *difference.dropped, *difference.changed}
        if any(key.kind == "type" for key in keys):
            return frozenset(touched | self._kept.keys())
        altered = {table.identity for key in keys for schema in (before, after) for table in _tables(key, schema)}
        return frozenset(touched | (self._kept.keys() & altered))

    def take_out(self, connection: psycopg.Connection, names: Iterable[str]) -> None:
        """Empties tables before their structure changes; as the superuser, in the caller's transaction."""
        connection.execute(_AS_CAPTURES)
        for name in sorted(names):
            if connection.execute(_SQL["table"], [name]).fetchone():
                connection.execute(f"delete from only {name}".encode())  # noqa: S608 - quoted by the catalogs
        connection.execute(_AS_USUAL)

    def put_back(self, connection: psycopg.Connection, names: Iterable[str]) -> None:
        """Gives the rows of the last look back to the tables that have their structure again."""
        connection.execute(_AS_CAPTURES)
        for name in sorted(names):
            if name in self._kept:
                columns, file = self._kept[name]
                connection.execute(_copy(columns, name, "from", file))
            elif name in self._seen:
                position = self._seen[name].mark or None
                connection.execute(_SQL["position"], {"name": name, "position": position})
        connection.execute(_AS_USUAL)

    def _file(self, connection: psycopg.Connection) -> PurePosixPath:
        if self._folder is None:
            row = connection.execute("select pg_catalog.current_setting('data_directory')").fetchone()
            self._folder = PurePosixPath(str(row[0] if row else ""))
        return self._folder / f"haulback_rows_{next(self._numbers)}"


def _relations(connection: psycopg.Connection) -> dict[str, _Relation]:
    with connection.cursor(row_factory=class_row(_Relation)) as cursor:
        return {one.name: one for one in cursor.execute(_SQL["marks"])}


def _tables(key: ObjectKey, schema: Schema) -> Iterable[ObjectKey]:
    found: ObjectKey | None = key
    while found is not None and found in schema.objects:
        if found.kind == "table":
            yield found
        found = schema.objects[found].parent


def _copy(columns: str, name: str, way: str, file: PurePosixPath) -> bytes:
    return f"copy {name} ({columns}) {way} {literal(file)}".encode()  # names come quoted from the catalogs
