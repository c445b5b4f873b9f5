"""The three tables of a restore in the attic: what is wanted, what was there before, and what was made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from haulback.capture import attic, live, registry
from haulback.capture.columns import listed
from haulback.capture.naming import SCHEMA, cut
from haulback.errors import Exit, HaulbackError
from haulback.model.backup import RowFormat
from haulback.model.capture import Capture, CaptureKind, Keeps
from haulback.model.restore import Restore
from haulback.pg.copy_format import option, stream
from haulback.pg.queries import queries

SQL = queries("haulback.capture", "sql/restoring.sql")
WANTED, BEFORE, MADE = "wanted", "before", "made"


class MayNotWrite(HaulbackError):
    template = "this role may not write {identity}"
    hint_template = "Restore as its owner, or grant SELECT, INSERT and UPDATE on it. Nothing was touched."
    exit_code = Exit.REFUSED


class RestoreLost(HaulbackError):
    template = "what restore {number} kept of {identity} is not in the attic any more"
    hint_template = "It can neither go on nor be undone: somebody dropped it."
    exit_code = Exit.ROLLBACK_INCOMPLETE


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept for one restore; each is a table of the attic."""

    wanted: Capture
    before: Capture
    made: Capture

    def size(self, connection: psycopg.Connection) -> int:
        """Bytes in the attic."""
        return sum(attic.size(connection, one) for one in (self.wanted, self.before, self.made))


def require_writable(connection: psycopg.Connection, table: live.Table) -> None:
    """Looks before anything is touched.

    Raises:
        MayNotWrite: the role has not all the rights that it takes.
    """
    row = connection.execute(SQL["may_write"], {"oid": table.oid}).fetchone()
    if not (row and row[0]):
        raise MayNotWrite(identity=f"{table.schema}.{table.name}")


def stage(
    connection: psycopg.Connection,
    restore: Restore,
    table: live.Table,
    key: tuple[str, ...],
    columns: tuple[str, ...],
    wanted: Iterable[bytes],
    before: Iterable[bytes],
    format_: RowFormat,
    lock_timeout_ms: int = 500,
) -> Kept:
    """Brings rows into the attic; inside the caller's transaction, which ends with the journal's word on it.

    Args:
        connection: in a transaction.
        restore: that they are for.
        table: they are to go to.
        key: of its primary key.
        columns: of the rows, in order.
        wanted: rows of the backup, as COPY writes them.
        before: rows of the table, written alike.
        format_: of both.
        lock_timeout_ms: how long it may wait for a lock.
    """
    live.limit(connection, lock_timeout_ms)  # also: rows are read in the words in which they were written
    attic.install(connection)
    all_columns = tuple(one.name for one in table.columns if not one.generated)
    shapes = {WANTED: columns, BEFORE: columns, MADE: all_columns}
    users = table.user_columns
    for role, names in shapes.items():
        name = cut(f"r{restore.number}_{table.oid}_{role}_{table.name}")
        place = sql.Identifier(SCHEMA, name)
        connection.execute(
            sql.SQL("create table {} as select {} from {} with no data").format(place, listed(names), table.identifier)
        )
        detail = {
            "role": role,
            "key": list(key),
            "columns": list(names),
            "user_columns": [one for one in users if one in names],
        }
        parameters = {
            "restore": restore.id,
            "identity": restore.identity,
            "attic_table": name,
            "detail": Jsonb(detail),
        }
        connection.execute(SQL["keep"], parameters)
    found = load(connection, restore)
    assert found is not None  # noqa: S101 - just written
    for capture, rows in ((found.wanted, wanted), (found.before, before)):
        query = sql.SQL("copy {} ({}) from stdin{}").format(_name(capture), listed(columns), option(format_))
        with connection.cursor() as cursor, cursor.copy(query) as copy:
            for piece in stream(rows, format_):
                copy.write(piece)
    connection.execute(
        sql.SQL("alter table {} add column haulback_event \"char\" not null default 'i'").format(_name(found.made))
    )
    for capture in (found.before, found.made):
        connection.execute(sql.SQL("alter table {} add primary key ({})").format(_name(capture), listed(key)))
    for capture in (found.wanted, found.before):
        connection.execute(sql.SQL("analyze {}").format(_name(capture)))
    return found


def load(connection: psycopg.Connection, restore: Restore) -> Kept | None:
    """What is kept for a restore; None where nothing was staged yet, or all of it was given up.

    Raises:
        RestoreLost: a part of it is not there any more.
    """
    found = _captures(connection, restore)
    if not found:
        return None
    if len(found) < len((WANTED, BEFORE, MADE)) or any(live.kept(connection, one) is None for one in found.values()):
        raise RestoreLost(number=restore.number, identity=restore.identity)
    return Kept(found[WANTED], found[BEFORE], found[MADE])


def _captures(connection: psycopg.Connection, restore: Restore) -> dict[str, Capture]:
    """What is registered for a restore, by its role."""
    found: dict[str, Capture] = {}
    for id_, identity, name, detail, progress in connection.execute(SQL["kept"], {"restore": restore.id}).fetchall():
        found[detail["role"]] = Capture(
            id_, restore.id, restore.number, Keeps.BEFORE, CaptureKind.COPIED_TABLE, identity, name, detail,
            progress=progress,
        )  # fmt: skip
    return found


def forget(connection: psycopg.Connection, restore: Restore) -> None:
    """Destroys for good what is kept for a restore, or what somebody left of it; harmless to repeat."""
    for capture in _captures(connection, restore).values():
        attic.purge(connection, capture)


def left(connection: psycopg.Connection, capture: Capture) -> Mapping[str, int]:
    """Rows that stayed as they are, by reason."""
    return dict(connection.execute(registry.SQL["left_behind"], {"id": capture.id}).fetchall())


def _name(capture: Capture) -> sql.Identifier:
    return sql.Identifier(SCHEMA, capture.attic_table)
