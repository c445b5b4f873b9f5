"""What giving back must know of the tables in use, and how to write to them without waking their triggers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from haulback.model.capture import Capture
from haulback.pg.queries import queries

SQL = queries("haulback.capture", "sql/live.sql")


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `generated` ones cannot be written."""

    name: str
    type: str
    generated: bool
    identity: bool


@dataclass(frozen=True, slots=True)
class Parent:
    """A foreign key: `columns` of the table must be found in `referenced` of the parent."""

    schema: str
    name: str
    oid: int
    columns: tuple[str, ...]
    referenced: tuple[str, ...]

    @property
    def table(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)

    @property
    def label(self) -> str:
        return f"{self.schema}.{self.name}"

    def leads_from(self, below: str, above: str) -> sql.Composed:
        """`above.referenced = below.columns`, for two aliases."""
        return sql.SQL(" and ").join(
            sql.SQL("{} = {}").format(sql.Identifier(above, theirs), sql.Identifier(below, mine))
            for mine, theirs in zip(self.columns, self.referenced, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is now, in use or in the attic."""

    oid: int
    schema: str
    name: str
    columns: tuple[Column, ...]
    parents: tuple[Parent, ...] = ()

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    @property
    def user_columns(self) -> tuple[str, ...]:
        return tuple(
            parent.columns[0] for parent in self.parents if parent.label == "auth.users" and len(parent.columns) == 1
        )


def find(connection: psycopg.Connection, identity: str) -> Table | None:
    """The table in use of that name; None where there is none."""
    return _table(connection, connection.execute(SQL["table"], {"identity": identity}).fetchone())


def kept(connection: psycopg.Connection, capture: Capture) -> Table | None:
    """The table in the attic; None where somebody dropped it."""
    return _table(connection, connection.execute(SQL["kept"], {"name": capture.attic_table}).fetchone())


def kept_table(connection: psycopg.Connection, name: str | None) -> Table | None:
    """The table in the attic of that bare name; None where there is none."""
    return _table(connection, connection.execute(SQL["kept"], {"name": name}).fetchone())


def has_primary_key(connection: psycopg.Connection, table: Table) -> bool:
    row = connection.execute(
        "select exists (select from pg_catalog.pg_index as i where i.indrelid = %s and i.indisprimary)", [table.oid]
    ).fetchone()
    return bool(row and row[0])


def keyed(connection: psycopg.Connection) -> frozenset[str]:
    """Identities of tables without a primary key whose rows another index tells apart."""
    return frozenset(row[0] for row in connection.execute(SQL["keyed"]).fetchall())


def kept_name(connection: psycopg.Connection, name: str) -> bool:
    """Whether the attic has a table of that bare name."""
    return connection.execute(SQL["kept"], {"name": name}).fetchone() is not None


def added_values(connection: psycopg.Connection, table: Table) -> dict[str, str | None]:
    """What adding a column put into the rows that were there, as text, where it did so without a rewrite."""
    return dict(connection.execute(SQL["added_values"], {"oid": table.oid}).fetchall())


def remembered(connection: psycopg.Connection, capture: Capture) -> tuple[Parent, ...]:
    """The foreign keys that a capture's table had, where the parent is there."""
    parents = []
    for one in capture.detail.get("foreign_keys", ()):
        label = sql.Identifier(one["schema"], one["parent"]).as_string(connection)
        row = connection.execute(SQL["table"], {"identity": label}).fetchone()
        if row:
            parents.append(Parent(row[1], row[2], row[0], tuple(one["columns"]), tuple(one["referenced"])))
    return tuple(parents)


def leaves(connection: psycopg.Connection, table: Table) -> tuple[tuple[sql.Identifier, str, int], ...]:
    """(name for SQL, bare name, pages) of each relation that holds rows of the table."""
    rows = connection.execute(SQL["leaves"], {"oid": table.oid}).fetchall()
    return tuple((sql.Identifier(schema, name), name, pages) for schema, name, pages in rows)


def honours_erasure(connection: psycopg.Connection) -> bool:
    """Whether this target can tell erased users."""
    row = connection.execute(SQL["honours_erasure"]).fetchone()
    return bool(row and row[0])


def limit(connection: psycopg.Connection, lock_timeout_ms: int) -> None:
    """Sets what every short transaction of ours runs under; goes with the transaction."""
    connection.execute(SQL["limits"], {"lock_timeout": f"{lock_timeout_ms}ms"})
    # What a deferred constraint refuses must be known while the row can still be told.
    connection.execute("set constraints all immediate")


@contextmanager
def canonical(connection: psycopg.Connection) -> Iterator[None]:
    """Every value has one text inside, whatever the session prefers, and no policy hides a row; then all is as before.

    Inside a transaction: where that fails, it takes the settings along.
    """
    was = connection.execute(SQL["preferences"]).fetchall()
    connection.execute(SQL["canonical"])
    yield
    connection.execute(SQL["prefer"], {"was": Jsonb(dict(was))})


def unlike(one: str, other: str, columns: Iterable[str]) -> sql.Composable:
    """Whether two rows of the same types differ in a column, byte for byte: 1.0 is not 1.00, json has no equality."""
    names = list(columns)
    # The cast keeps the server from comparing field by field, which is what it does with two row constructors.
    return sql.SQL("row({})::record operator(pg_catalog.*<>) row({})::record").format(
        *(sql.SQL(", ").join(sql.Identifier(alias, name) for name in names) for alias in (one, other))
    )


@contextmanager
def silent(connection: psycopg.Connection, table: Table, *, allow_replica: bool = True) -> Iterator[bool]:
    """Keeps the users' triggers of `table` from firing until the transaction ends.

    Yields whether the checks of foreign keys are off as well: then the caller holds the parents' rows himself.
    Where we may not set session_replication_role, or where a trigger fires in spite of it, each trigger is
    disabled and put back as it was; that locks writers out for as long as the transaction lasts.
    """
    triggers = connection.execute(SQL["triggers"], {"oid": table.oid}).fetchall()
    stubborn = any(state in "AR" for _, state in triggers)
    if triggers and not stubborn and allow_replica and _become_replica(connection):
        yield True
        return
    for name, _ in triggers:
        connection.execute(sql.SQL("alter table {} disable trigger {}").format(table.identifier, sql.Identifier(name)))
    yield False
    for name, state in triggers:
        connection.execute(
            sql.SQL("alter table {} enable {} trigger {}").format(
                table.identifier, _ENABLED[state], sql.Identifier(name)
            )
        )


_ENABLED = {"O": sql.SQL(""), "R": sql.SQL("replica"), "A": sql.SQL("always")}


def _become_replica(connection: psycopg.Connection) -> bool:
    """Tried rather than asked: on hosted Supabase the right comes from a hook that no catalog tells of."""
    try:
        with connection.transaction():
            connection.execute("set local session_replication_role = replica")
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def _table(connection: psycopg.Connection, row: tuple[int, str, str, str] | None) -> Table | None:
    if row is None:
        return None
    oid, schema, name, _ = row
    columns = tuple(Column(*one) for one in connection.execute(SQL["columns"], {"oid": oid}).fetchall())
    parents = tuple(
        Parent(above, parent, parent_oid, tuple(mine), tuple(theirs))
        for above, parent, parent_oid, mine, theirs in connection.execute(SQL["parents"], {"oid": oid}).fetchall()
    )
    return Table(oid, schema, name, columns, parents)
