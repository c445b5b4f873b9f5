"""Puts the rows of a backup into a new table beside the others: for a look, or where nothing tells rows apart.

The table is a plain one, with the columns and the key of the backup and nothing else. Nobody may read it but its owner:
row security is on without a policy, and what default privileges gave away is taken back. All of it, the comparison
with the backup's hash included, is one transaction: killed at any moment, there is no such table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import psycopg
from psycopg import sql

from haulback.backups.contents import Contents
from haulback.backups.errors import BackupDamaged, IntoNotPossible, IntoTaken
from haulback.backups.proof import hashed
from haulback.backups.rows import canonical
from haulback.model.backup import TableContent
from haulback.model.restore import Beside
from haulback.model.schema import Schema
from haulback.pg.queries import queries
from haulback.pg.server_words import words

_SQL = queries("haulback.backups", "sql/beside.sql")
_OF_A_USER = re.compile(r"^FOREIGN KEY \((\"(?:[^\"]|\"\")+\"|[a-z_][a-z0-9_$]*)\) REFERENCES auth\.users\(")


def put(connection: psycopg.Connection, contents: Contents, content: TableContent, schema: str, name: str) -> Beside:
    """Makes the table and fills it.

    Args:
        connection: in autocommit.
        contents: the backup.
        content: of the table in it.
        schema: of the new table, bare.
        name: of the new table, bare.

    Raises:
        IntoTaken: there is something of that name.
        IntoNotPossible: the server does not take the table, or its rows.
        BackupDamaged: the rows that came are not those that were backed up.
    """
    users = user_columns(contents.schema(), content)
    into = sql.Identifier(schema, name)
    try:
        with connection.transaction():
            canonical(connection)
            row = connection.execute(_SQL["identity"], {"schema": schema, "name": name}).fetchone()
            assert row is not None  # noqa: S101 - a select without from has one row
            identity, taken = row
            if taken:
                raise IntoTaken(identity=identity)
            connection.execute(_made(into, content))
            _closed(connection, into, identity)
            contents.load(connection, content, into)
            seen = hashed(connection, content, identity)
            if seen.text != content.hash:
                raise BackupDamaged(
                    id=contents.backup.id, reason=f"the rows of {content.identity} came with other values"
                )
            erased = _without_erased(connection, into, users)
            return Beside(identity, seen.rows - erased, erased)
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise IntoNotPossible(identity=f"{schema}.{name}", reason=words(error)) from error


def user_columns(schema: Schema, content: TableContent) -> tuple[str, ...]:
    """Bare names of columns that name a user who can be erased: those that refer to auth.users. Pure."""
    found = []
    for one in schema:
        if one.key.kind == "constraint" and one.parent and one.parent.identity == content.identity:
            told = _OF_A_USER.match(str(one.facets.get("definition", "")))
            found += [told[1]] if told else []
    bare = {one[1:-1].replace('""', '"') if one.startswith('"') else one for one in found}
    return tuple(one.name for one in content.columns if one.name in bare)


def _made(into: sql.Identifier, content: TableContent) -> sql.Composed:
    # Types are in the server's own words, written down by the backup under an empty search_path.
    columns: list[sql.Composable] = [
        sql.SQL("{} {}").format(sql.Identifier(one.name), sql.SQL(one.type)) for one in content.columns
    ]
    if content.key:
        columns.append(sql.SQL("primary key ({})").format(sql.SQL(", ").join(map(sql.Identifier, content.key))))
    return sql.SQL("create table {} ({})").format(into, sql.SQL(", ").join(columns))


def _closed(connection: psycopg.Connection, into: sql.Identifier, identity: str) -> None:
    connection.execute(sql.SQL("alter table {} enable row level security").format(into))
    for (grantee,) in connection.execute(_SQL["grantees"], {"identity": identity}).fetchall():
        connection.execute(sql.SQL("revoke all on {} from {}").format(into, sql.SQL(grantee)))


def _without_erased(connection: psycopg.Connection, into: sql.Identifier, users: Sequence[str]) -> int:
    """Takes out rows of erased users, before anybody can see them."""
    row = connection.execute(_SQL["honours_erasure"]).fetchone()
    if not users or row is None or not row[0]:
        return 0
    where = sql.SQL(" or ").join(sql.SQL("public.is_erased({}::uuid)").format(sql.Identifier(one)) for one in users)
    return connection.execute(sql.SQL("delete from {} where {}").format(into, where)).rowcount
