"""Tables without a key: each noted change is undone by itself, the newest first, in one transaction.

Rows are told apart by all of their values, so that this takes time by the square in the worst case: there is a limit
to it, which the deployment keeps. Of equal rows any one is taken, since nothing tells them apart.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from haulback.capture import live, registry
from haulback.capture.changes.notes import Notes
from haulback.capture.changes.three_way import Counted
from haulback.pg.queries import bound, queries

MOST = 10_000  # changes of one deployment
_TOO_MANY = f"more than {MOST:,} changed rows of a table without a key"

_SQL = queries("haulback.capture", "sql/keyless.sql")


def take_back(connection: psycopg.Connection, notes: Notes, lock_timeout_ms: int) -> Counted:
    """Undoes the noted changes; what a user wrote or deleted since stays as it is and is listed in the attic."""
    assert notes.target is not None  # noqa: S101 - the caller looked
    told = registry.load(connection, notes.capture.id).progress.get("keyless", {})
    if told.get("over"):
        return Counted(told["done"], told["touched"], 0, told["left"])
    values = [one for one in notes.values if one.type]
    parts: dict[str, sql.Composable] = {
        "table": notes.target.identifier,
        "log": notes.log,
        "is_after": sql.SQL(" and ").join(one.is_after("t", "o") for one in values),
        "columns": sql.SQL(", ").join(sql.Identifier(one.name) for one in values),
        "before": sql.SQL(", ").join(one.before("o") for one in values),
        "assignments": sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(one.name), one.before("o")) for one in values
        ),
    }
    done = touched = 0
    with connection.transaction():
        live.limit(connection, lock_timeout_ms)
        # Nobody may write a row between its being found and its being written: nothing else would tell.
        connection.execute(sql.SQL("lock table {} in share row exclusive mode").format(notes.target.identifier))
        with live.silent(connection, notes.target):
            found = connection.execute(sql.SQL(_SQL["newest_first"]).format(**parts)).fetchall()
            if len(found) > MOST:  # somebody accepted that
                leave = sql.SQL(_SQL["leave_all"]).format(**parts)
                connection.execute(bound(leave, {"capture": notes.capture.id, "reason": _TOO_MANY}))
                touched, found = len(found), []
            for place, event in found:
                given = {"place": place, "capture": notes.capture.id, "part": "rows without a key"}
                query = sql.SQL(_SQL[{"u": "restore", "i": "take_out", "d": "bring_back"}[event]]).format(**parts)
                if connection.execute(bound(query, given)).rowcount:
                    done += 1
                else:
                    touched += 1
                    connection.execute(_SQL["leave"], {**given, "reason": "changed by a user since"})
        registry.note(connection, notes.capture, keyless={"over": True, "done": done, "touched": touched, "left": 0})
    return Counted(done, touched)
