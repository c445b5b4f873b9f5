"""Keys as a person reads them: the server writes out those that were copied as binary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg
from psycopg import pq, sql

from haulback.backups.row_layout import layout
from haulback.backups.rows import canonical
from haulback.model.backup import RowFormat

_AT_ONCE = 1000  # keys; a statement takes 65,535 parameters
_LENGTH = 4  # bytes, before each column of a key


def key_texts(
    connection: psycopg.Connection, types: Sequence[str], keys: Sequence[bytes], format_: RowFormat
) -> tuple[str, ...]:
    """The keys with a comma between their columns.

    Args:
        connection: in autocommit; any server that has the types.
        types: of the key's columns, as the server writes them.
        keys: as `row_layout` cuts them out of rows of this format.
        format_: of these rows.
    """
    of_rows = layout(format_)
    if format_ is RowFormat.TEXT:
        return tuple(", ".join(field.decode(errors="replace") for field in of_rows.key_fields(key)) for key in keys)
    return tuple(_written_out(connection, types, [of_rows.key_fields(key) for key in keys]))


def _written_out(
    connection: psycopg.Connection, types: Sequence[str], keys: Sequence[Sequence[bytes]]
) -> Iterator[str]:
    for first in range(0, len(keys), _AT_ONCE):
        some = keys[first : first + _AT_ONCE]
        with connection.transaction():
            canonical(connection)
            values = [field[_LENGTH:] for key in some for field in key]
            query = _query(types, len(some)).as_string(connection).encode()
            result = connection.pgconn.exec_params(query, values, param_formats=[pq.Format.BINARY] * len(values))
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(result)
        yield from ((result.get_value(row, 0) or b"").decode() for row in range(result.ntuples))


def _query(types: Sequence[str], keys: int) -> sql.Composed:
    """One row a key. What a type is called is the server's own format_type."""
    rows = []
    for number in range(keys):
        first = number * len(types) + 1
        # Each column as the output function of its type writes it.
        texts = [f"pg_catalog.concat(${place}::{type_})" for place, type_ in enumerate(types, start=first)]
        rows.append(f"({number}, {' || $$, $$ || '.join(texts)})")
    text = f"select k.text from (values {', '.join(rows)}) as k (place, text) order by k.place"  # noqa: S608
    return sql.Composed([sql.SQL(text)])
