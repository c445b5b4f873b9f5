"""A table of a backup as it would be with the types that its columns have now, made on the private cluster.

The same value may be written in another way in another type, so that neither texts nor hashes can be compared. There
the rows are loaded as they were, cast by the server itself, and backed up once more into a folder that goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psycopg
from psycopg import sql

from haulback.backups.aside import Aside
from haulback.backups.contents import Contents
from haulback.backups.errors import TypesChanged
from haulback.backups.rows import canonical
from haulback.backups.stores.file import FolderStore
from haulback.backups.table import TableEngine, found
from haulback.clock import Clock
from haulback.model.backup import TableContent

_SCHEMA: Final = "haulback_recast"


@contextmanager
def recast(
    contents: Contents, content: TableContent, types: Mapping[str, str], aside: Aside, clock: Clock, *, binary: bool
) -> Iterator[tuple[Contents, TableContent]]:
    """The same rows with other types; gone after the block.

    Args:
        contents: the backup.
        content: of the table in it.
        types: by column, of those that are others now.
        aside: the private cluster.
        clock: for the copy.
        binary: whether the table in use can be read in the binary format.

    Raises:
        TypesChanged: the server does not cast one of the values, or does not know the type.
    """
    with TemporaryDirectory(prefix="haulback-recast-") as folder:
        with aside.database(contents.schema()) as connection:
            identity = _cast(connection, contents, content, types)
            store = FolderStore(Path(folder))
            copy = TableEngine(store, None, clock, binary=binary).take(connection, "aside", [identity])
        told = replace(copy.tables[0], identity=content.identity)
        yield Contents(store, copy, None), told


def _cast(connection: psycopg.Connection, contents: Contents, content: TableContent, types: Mapping[str, str]) -> str:
    values = sql.SQL(", ").join(
        # The type's text is the server's own format_type.
        sql.SQL("{0}::{1} as {0}").format(sql.Identifier(one.name), sql.SQL(types.get(one.name, one.type)))
        for one in content.columns
    )
    key = sql.SQL(", ").join(map(sql.Identifier, content.key))
    try:
        with connection.transaction():
            canonical(connection)
            connection.execute("set local session_replication_role = replica")
            here = found(connection, content.identity)
            original, cast = sql.Identifier(here.schema, here.name), sql.Identifier(_SCHEMA, here.name)
            contents.load(connection, content, original)
            connection.execute(sql.SQL("create schema {}").format(sql.Identifier(_SCHEMA)))
            connection.execute(sql.SQL("create table {} as select {} from {}").format(cast, values, original))
            connection.execute(sql.SQL("alter table {} add primary key ({})").format(cast, key))
    except (psycopg.DataError, psycopg.ProgrammingError, psycopg.errors.FeatureNotSupported) as error:
        name, now = next(iter(types.items()), ("", ""))
        then = next((one.type for one in content.columns if one.name == name), "")
        raise TypesChanged(identity=content.identity, column=name, then=then, now=now) from error
    return cast.as_string(connection)
