"""Proves a backup of tables: restores it on a private cluster, and compares rows, hash and catalog.

Reading the files proves that they are what was written; only restoring proves that what was written can be used. Both
are done, and each problem is told.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from psycopg import sql

from haulback.backups.aside import Aside
from haulback.backups.contents import Contents
from haulback.backups.errors import BackupDamaged
from haulback.backups.rows import RowsHash, canonical, copied_out
from haulback.backups.table import found
from haulback.clock import Clock
from haulback.errors import Exit, HaulbackError
from haulback.model.backup import Proof, TableContent, Verdict
from haulback.model.schema import Schema, compare
from haulback.pg.catalog.reader import read
from haulback.pg.queries import queries
from haulback.pg.server_words import failure_words, words

_SQL = queries("haulback.backups", "sql/rows.sql")
_OF_THE_CLUSTER = ("membership ", "role ", "setting ")
Progress = Callable[[str, int, int], None]


def prove(
    contents: Contents, aside: Aside, clock: Clock, progress: Progress = lambda _what, _done, _all: None
) -> Proof:
    """Restores the backup and says what that showed; raises nothing that the backup is to blame for.

    Raises:
        AsideBusy: somebody else restores: it was not tried, and nothing is to be said of it.
    """
    begun = clock.monotonic()
    problems = contents.problems()
    verdict = Verdict.BAD if problems else Verdict.PROVED
    if not problems:
        try:
            problems = _restored(contents, aside, progress)
            verdict = Verdict.BAD if problems else Verdict.PROVED
        except BackupDamaged as damage:
            problems, verdict = [damage.message], Verdict.BAD
        except (HaulbackError, psycopg.Error, OSError) as failure:
            if isinstance(failure, HaulbackError) and failure.exit_code is Exit.HELD:
                raise
            problems, verdict = [failure_words(failure)], Verdict.UNKNOWN
    return Proof(
        contents.backup.id,
        verdict,
        clock.now(),
        clock.monotonic() - begun,
        tuple(problems),
        {"major": aside.major, "tables": len(contents.backup.tables), "rows": contents.backup.rows},
    )


def _restored(contents: Contents, aside: Aside, progress: Progress) -> list[str]:
    schema = contents.schema()
    problems = []
    with aside.database(schema) as connection:
        problems += _schema_problems(connection, schema)
        _let_in(connection)
        for number, table in enumerate(contents.backup.tables, start=1):
            problems += _table_problems(connection, contents, table)
            progress(table.identity, number, len(contents.backup.tables))
    return problems


def _let_in(connection: psycopg.Connection) -> None:
    """Takes away what would keep out, or change, rows that are right: see the queries. The database is thrown away."""
    for table, trigger in connection.execute(_SQL["fires_in_replica_role"]).fetchall():
        connection.execute(sql.SQL("alter table {} disable trigger {}").format(sql.SQL(table), sql.SQL(trigger)))
    for (statement,) in connection.execute(_SQL["not_validated"]).fetchall():
        connection.execute(statement)


def _schema_problems(connection: psycopg.Connection, schema: Schema) -> list[str]:
    now = read(connection, as_major=schema.major)
    if now.major != schema.major:
        return []  # another major writes views otherwise: nothing can be said by text
    difference = compare(now, schema)
    # Roles are of the whole cluster: those of another backup that was proved on it say nothing against this one.
    lines = [line for line in difference.lines() if not line[2:].startswith(_OF_THE_CLUSTER)]
    return [f"the schema came out otherwise: {line}" for line in lines][:5]


def _table_problems(connection: psycopg.Connection, contents: Contents, table: TableContent) -> list[str]:
    try:
        put_back(connection, contents, table)
        seen = hashed(connection, table)
    except psycopg.errors.DataError as error:
        return [f"{table.identity}: {words(error)}"]
    except psycopg.errors.IntegrityError as error:
        return [f"{table.identity}: {words(error)}"]
    if seen.rows != table.rows:
        return [f"{table.identity} came back with {seen.rows:,} rows instead of {table.rows:,}"]
    if seen.text != table.hash:
        return [f"the rows of {table.identity} came back with other values"]
    return []


def put_back(connection: psycopg.Connection, contents: Contents, table: TableContent) -> None:
    """Copies the rows of one table in, on a private cluster that has its schema.

    Raises:
        BackupDamaged: a frame cannot be read.
        psycopg.Error: the server takes a row not.
    """
    with connection.transaction():
        canonical(connection)
        # Rows of one table: what its foreign keys lead to is not here, and no trigger may change them.
        connection.execute("set local session_replication_role = replica")
        here = found(connection, table.identity)
        contents.load(connection, table, sql.Identifier(here.schema, here.name))


def hashed(connection: psycopg.Connection, table: TableContent, identity: str = "") -> RowsHash:
    """The hash of the rows that are there; in the table of that name, where it has another one."""
    with connection.transaction():
        canonical(connection)
        seen = RowsHash()
        for batch in copied_out(connection, found(connection, identity or table.identity).query(table.format)):
            seen.add(batch)
    return seen
