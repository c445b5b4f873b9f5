"""Puts the triggers on that note what a migration changes row by row, and takes them off again.

They are put on in a short transaction before the migration, since that locks writers out for a moment, and act only
in our own session, by a setting. What they note is in the attic, in the same transaction as the change itself.

The table of notes has, besides the columns of the table as they were before, `haulback_statement` (the order in
which statements began), `haulback_event` (u, d, i; t for a TRUNCATE), `haulback_xact`, and `haulback_new_N` for the
values after. Of an update, a value that did not change is null on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from haulback.capture import attic, registry
from haulback.capture.moving import described
from haulback.capture.naming import SCHEMA, attic_name
from haulback.errors import Exit, HaulbackError
from haulback.model.capture import Capture, CaptureKind, Keeps
from haulback.model.deployment import Deployment
from haulback.pg.queries import queries, script

SQL = queries("haulback.capture", "sql/changes.sql")
_EVENTS = {
    "INSERT": sql.SQL("referencing new table as haulback_new"),
    "UPDATE": sql.SQL("referencing old table as haulback_old new table as haulback_new"),
    "DELETE": sql.SQL("referencing old table as haulback_old"),
}
_OURS = frozenset({"haulback_statement", "haulback_event", "haulback_xact", "haulback_layer"})
_MOST = 790  # columns; each has two of its own in the notes, and the server allows 1,600


class CannotNote(HaulbackError):
    template = "the rows of {identity} cannot be noted while the migration changes them: {reason}"
    hint_template = "Nothing was changed. Grant the deploying role TRIGGER on it, or make it the owner."
    exit_code = Exit.REFUSED


@dataclass(frozen=True, slots=True)
class _Column:
    """A column as it is noted; `new` is the name for values after, None in the key."""

    number: int
    name: str
    new: str | None
    type_oid: int
    type: str
    as_text: bool
    comparable: bool
    tells_user: bool

    def as_argument(self, number: int) -> dict[str, Any]:
        return {
            "n": number,
            "c": self.name,
            "w": self.new,
            "t": str(self.type_oid),
            "s": self.type,
            "x": self.as_text,
            "e": self.comparable,
            "k": self.new is None,
            "u": self.tells_user,
        }


def arm(connection: psycopg.Connection, deployment: Deployment, identity: str) -> Capture | None:
    """Notes every change of the table's rows by our own session from the commit of this transaction on.

    Inside the caller's transaction, with his lock_timeout: writers are locked out for milliseconds. A partition
    stands for the whole partitioned table. Repeatable.

    Returns:
        The capture; None where no such table is there.

    Raises:
        CannotNote: the role may not put triggers on the table.
        psycopg.errors.LockNotAvailable: try again.
    """
    attic.install(connection)
    row = connection.execute(SQL["installed"]).fetchone()
    if not (row and row[0]):
        connection.execute(script("haulback.capture", "sql/noting.sql"))
    family = connection.execute(SQL["family"], {"identity": identity}).fetchall()
    if not family:
        return None
    oid, schema, name, root, _ = family[0]
    log = attic_name(deployment.number, oid, f"changes_{name}")
    known = [c for c in registry.captures(connection, deployment.id) if c.detail.get("oid") == oid]
    if known:
        return known[0]
    if reason := _unfit(connection, oid):
        raise CannotNote(identity=root, reason=reason)
    detail = described(connection, oid)
    columns, key = _columns(connection, oid, detail["user_columns"])
    _make_log(connection, sql.Identifier(schema, name), log, columns)
    try:
        with connection.transaction():
            for member, member_schema, member_name, _, holds_rows in family:
                if holds_rows:
                    _put_on(connection, deployment, member, sql.Identifier(member_schema, member_name), log, columns)
    except psycopg.errors.InsufficientPrivilege as error:
        connection.execute(sql.SQL("drop table {}").format(sql.Identifier(SCHEMA, log)))
        raise CannotNote(identity=root, reason=error.diag.message_primary) from error
    new = {one.name: one.new for one in columns if one.new}
    users = [one for one in columns if one.tells_user]
    detail |= {
        "oid": oid,
        "key": list(key),
        "columns": [one.name for one in columns],
        "new": new,
        "text": [one.name for one in columns if one.as_text],
        "incomparable": [one.name for one in columns if not one.comparable],
        # As an erasure finds them in the attic: both sides.
        "user_columns": [name for one in users for name in (one.name, one.new) if name],
    }
    return registry.keep(connection, deployment, Keeps.BEFORE, CaptureKind.CHANGED_ROWS, root, log, detail)


def with_followers(connection: psycopg.Connection, identities: Sequence[str]) -> tuple[str, ...]:
    """The tables, and those whose rows a foreign key takes along: an empty shadow shows no cascade."""
    rows = connection.execute(SQL["followers"], {"identities": list(identities)}).fetchall()
    return tuple(row[0] for row in rows)


def disarm(connection: psycopg.Connection, deployment: Deployment) -> None:
    """Takes the triggers of a deployment off; what was noted stays. Harmless where there are none."""
    with connection.transaction():
        for *_, statement in connection.execute(SQL["triggers"], {"pattern": pattern(deployment)}).fetchall():
            connection.execute(statement.encode())


def is_whole(triggers: Collection[str]) -> bool:
    """Whether what `armed` tells of one table is all that `arm` put on, and acts."""
    return len(triggers) == len(_EVENTS) + 2 and all(one.endswith(" A") for one in triggers)


def armed(connection: psycopg.Connection, deployment: Deployment) -> dict[int, tuple[str, ...]]:
    """What watches each table, by object id, in a form that differs once somebody touched it."""
    found: dict[int, list[str]] = {}
    for name, table, state, _ in connection.execute(SQL["triggers"], {"pattern": pattern(deployment)}).fetchall():
        found.setdefault(table, []).append(f"{name} {state}")
    return {table: tuple(states) for table, states in found.items()}


def pattern(deployment: Deployment) -> str:
    """A regular expression for the names of a deployment's triggers."""
    return f"^haulback_note_d{deployment.number}_"


def _unfit(connection: psycopg.Connection, oid: int) -> str:
    """Why no notes can be kept of a table; empty where they can."""
    names = [row[1] for row in connection.execute(SQL["columns"], {"oid": oid}).fetchall()]
    if ours := [one for one in names if one in _OURS or re.fullmatch(r"haulback_new_\d+", one)]:
        return f"it has a column with a name of ours, {ours[0]}"
    return f"it has more than {_MOST:,} columns" if len(names) > _MOST else ""


def _columns(
    connection: psycopg.Connection, oid: int, user_columns: Sequence[str]
) -> tuple[tuple[_Column, ...], tuple[str, ...]]:
    row = connection.execute(SQL["key"], {"oid": oid}).fetchone()
    key = tuple(row[0]) if row else ()
    columns = tuple(
        _Column(
            number,
            name,
            None if name in key else f"haulback_new_{number}",
            type_oid,
            type_,
            # Keys that are equal and not the same must be told apart.
            as_text or (name in key and not comparable),
            comparable,
            name in user_columns,
        )
        for number, name, type_oid, type_, as_text, comparable in connection.execute(SQL["columns"], {"oid": oid})
    )
    return columns, key


def _make_log(connection: psycopg.Connection, table: sql.Identifier, log: str, columns: Sequence[_Column]) -> None:
    listed: list[sql.Composable] = []
    for one in columns:
        value = sql.SQL("{}::pg_catalog.text" if one.as_text else "{}").format(sql.Identifier("t", one.name))
        names = filter(None, (one.name, one.new))
        listed += [sql.SQL("{} as {}").format(value, sql.Identifier(name)) for name in names]
    target = sql.Identifier(SCHEMA, log)
    connection.execute(
        sql.SQL(
            "create table {} as select null::pg_catalog.int8 as haulback_statement,"
            ' null::pg_catalog."char" as haulback_event, null::pg_catalog.xid8 as haulback_xact, {} from {} as t'
            " with no data"
        ).format(target, sql.SQL(", ").join(listed), table)
    )
    connection.execute(
        sql.SQL("alter table {} alter column haulback_xact set default pg_catalog.pg_current_xact_id()").format(target)
    )


def _put_on(
    connection: psycopg.Connection,
    deployment: Deployment,
    oid: int,
    table: sql.Identifier,
    log: str,
    columns: Sequence[_Column],
) -> None:
    # A partition may have the same columns under other numbers.
    numbers = {name: number for number, name, *_ in connection.execute(SQL["columns"], {"oid": oid})}
    told = Jsonb([one.as_argument(numbers[one.name]) for one in columns])
    stem = f"{pattern(deployment)[1:]}{oid}"

    def put(event: str, moment: str, transition: sql.Composable, arguments: Sequence[str]) -> None:
        trigger = sql.Identifier(f"{stem}_{event}")
        connection.execute(
            sql.SQL(SQL["trigger"]).format(
                trigger=trigger,
                moment=sql.SQL(moment),
                table=table,
                transition=transition,
                guard=sql.Literal(str(deployment.number)),
                arguments=sql.SQL(", ").join(map(sql.Literal, arguments)),
            )
        )
        connection.execute(sql.SQL(SQL["always"]).format(table=table, trigger=trigger))

    put("begin", "before insert or update or delete", sql.SQL(""), (log,))
    put("truncate", "after truncate", sql.SQL(""), (log,))
    for event, transition in _EVENTS.items():
        row = connection.execute(SQL["arguments"], {"oid": oid, "columns": told, "log": log, "event": event}).fetchone()
        assert row is not None  # noqa: S101 - a select without from has one row
        columns_text = connection.execute("select %s::pg_catalog.jsonb::pg_catalog.text", [told]).fetchone()
        assert columns_text is not None  # noqa: S101
        put(event.lower(), f"after {event}", transition, (log, columns_text[0], *row))
