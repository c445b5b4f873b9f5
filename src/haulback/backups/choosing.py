"""Which rows of a backup an operator's condition chooses, asked where nothing can come to harm.

The condition runs over a copy of the rows on the private cluster, as a role that may only read, in a transaction that
may only read; no statement that writes ever holds it. It is no part of what then changes the target.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from haulback.backups.aside import Aside
from haulback.backups.contents import Contents
from haulback.backups.errors import BadExpression
from haulback.backups.rows import canonical, copied_out, hashes_of
from haulback.backups.table import found
from haulback.model.backup import TableContent
from haulback.pg.copy_format import option, stream
from haulback.pg.queries import script
from haulback.pg.server_words import words

READER: Final = "haulback_reader"


def chosen(
    contents: Contents, content: TableContent, rows: Iterable[bytes], condition: str, aside: Aside
) -> frozenset[int]:
    """The hashes of those of `rows` for which the condition holds.

    Args:
        contents: the backup, whose schema gives the columns their types.
        content: of the table in it.
        rows: whole rows, as COPY writes them.
        condition: one expression; the caller has seen that it is one.
        aside: the private cluster.

    Raises:
        BadExpression: the server cannot evaluate it.
    """
    how = option(content.format)
    with aside.database(contents.schema()) as admin:
        here = found(admin, content.identity)
        name = sql.Identifier(here.schema, here.name)
        with admin.transaction():
            canonical(admin)
            admin.execute("set local session_replication_role = replica")
            columns = sql.SQL(", ").join(sql.Identifier(one.name) for one in content.columns)
            with (
                admin.cursor() as cursor,
                cursor.copy(sql.SQL("copy {} ({}) from stdin{}").format(name, columns, how)) as copy,
            ):
                for piece in stream(rows, content.format):
                    copy.write(piece)
            admin.execute(script("haulback.backups", "sql/reader.sql"))
        query = sql.SQL("copy (select {} from {} where ({}\n)) to stdout{}").format(
            columns, name, sql.SQL(condition), how
        )
        try:
            return _asked(make_conninfo(admin.info.dsn, user=READER), query)
        finally:
            admin.execute(sql.SQL("drop owned by {0}; drop role {0}").format(sql.Identifier(READER)))


def _asked(conninfo: str, query: sql.Composable) -> frozenset[int]:
    with psycopg.connect(conninfo, autocommit=True) as reader, reader.transaction():
        reader.execute("set transaction read only")
        canonical(reader)
        try:
            return frozenset(one for batch in copied_out(reader, query) for one in hashes_of(batch))
        except psycopg.DatabaseError as error:
            raise BadExpression(problem=words(error)) from error
