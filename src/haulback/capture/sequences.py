"""Sequences keep their position through the attic: a number once given is never given again.

Where the sequences stand is noted in the journal before the first migration. Those that a migration drops are noted
once more in its own transaction, under a lock: from then on until they are gone nobody is given a number. Going
back raises a sequence to what was noted, and never lowers one: whatever a migration set, higher or lower, the next
number is one that nobody had.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import psycopg
from psycopg import sql

from haulback.capture import registry
from haulback.journal.journal import write
from haulback.model.capture import Capture, Keeps
from haulback.model.deployment import Deployment, Event
from haulback.model.schema import ObjectKey, Schema
from haulback.pg.queries import queries

STEP = "sequences"
_BEFORE, _DROPPED = "before", "dropped"
_SQL = queries("haulback.capture", "sql/sequences.sql")
_AT_ONCE = 200  # sequences read by one statement


def note(connection: psycopg.Connection, deployment: Deployment, before: Schema) -> None:
    """Notes, once a deployment, where every sequence stands; before its first migration.

    Args:
        connection: in autocommit, and not the migrations' own: no lock may stay, and what was noted must outlive a
            migration that fails, since setval does.
        deployment: the one that begins.
        before: the schema that it finds.
    """
    identities = sorted(key.identity for key in before.objects if key.kind == "sequence")
    if not identities or any(unit == _BEFORE for unit, _ in _noted(connection, deployment)):
        return
    found = _positions(connection, _there(connection, identities))
    if found:
        write(connection, deployment.id, STEP, Event.DONE, _BEFORE, {"positions": found})


def keep(
    connection: psycopg.Connection,
    deployment: Deployment,
    before: Schema,
    after: Schema,
    later: Collection[str] = (),
) -> tuple[str, ...]:
    """Notes where the sequences stand that the migrations drop, and lets nobody take a number until the commit.

    Args:
        connection: inside the transaction of a migration, before its first statement, with a lock_timeout.
        deployment: the one that runs.
        before: the schema that it found.
        after: the schema that its rehearsal led to.
        later: identities of tables that this transaction leaves alone: their sequences stay unlocked.

    Returns:
        The identities that were noted.

    Raises:
        psycopg.errors.LockNotAvailable: try again.
    """
    wanted = dropped(before, after, later)
    there = _there(connection, wanted) if wanted else []
    for one in there:
        if one["owner"]:
            # Changes nothing and locks the sequence, which LOCK TABLE cannot.
            connection.execute(
                sql.SQL("alter sequence {} owner to {}").format(
                    sql.Identifier(one["schema"], one["name"]), sql.Identifier(one["owner"])
                )
            )
    found = _positions(connection, there)
    if found:
        write(connection, deployment.id, STEP, Event.DONE, _DROPPED, {"positions": found})
    return tuple(one["identity"] for one in found)


def give_back(connection: psycopg.Connection, deployment: Deployment) -> tuple[str, ...]:
    """Raises what is there again to where it stood; names the sequences that it moved. Harmless to repeat.

    In the transaction that makes them anew, after the structure: so nobody sees one at its start.
    """
    told = [one for _, detail in _noted(connection, deployment) for one in detail.get("positions", ())]
    # Read together: locks are held meanwhile, and mostly there is nothing to do.
    there = _there(connection, sorted({one["identity"] for one in told}))
    now = {one["identity"]: one for one in _positions(connection, there)}
    moved = (one for one in told if _is_behind(now.get(one["identity"]), one) and _raise(connection, one))
    return tuple(dict.fromkeys(one["identity"] for one in moved))


def raise_sequences(connection: psycopg.Connection, capture: Capture) -> tuple[str, ...]:
    """Sets each live sequence of the capture at least to where the kept one stood; names those it moved."""
    kept = capture.detail.get("sequences", ())
    return tuple(one["identity"] for one in kept if _raise(connection, {**one, "table": capture.identity}))


def raise_kept(connection: psycopg.Connection) -> tuple[str, ...]:
    """Raises what a deployment makes again to where it stood when an earlier one was taken back; names those it moved.

    Whether or not the rows come back as well: the numbers were given, and the rows may still come.
    """
    kept = (one for one in registry.captures(connection) if one.keeps is Keeps.AFTER)
    return tuple(dict.fromkeys(name for one in kept for name in raise_sequences(connection, one)))


def dropped(before: Schema, after: Schema, later: Collection[str] = ()) -> tuple[str, ...]:
    """Identities of the sequences that are not there any more afterwards, but for those of tables in `later`. Pure."""
    gone = (key for key in before.objects if key.kind == "sequence" and key not in after.objects)
    return tuple(sorted(key.identity for key in gone if _table(before, key) not in later))


def _table(schema: Schema, key: ObjectKey) -> str | None:
    """The table whose column the sequence belongs to."""
    column = schema.objects[key].parent
    found = schema.objects.get(column) if column else None
    return found.parent.identity if found and found.parent else None


def _noted(connection: psycopg.Connection, deployment: Deployment) -> list[tuple[str, Mapping[str, Any]]]:
    rows = connection.execute(_SQL["noted"], {"deployment": deployment.id, "step": STEP}).fetchall()
    return [(unit, detail) for unit, detail in rows]


def _there(connection: psycopg.Connection, identities: Iterable[str]) -> list[dict[str, Any]]:
    names = ("identity", "schema", "name", "table", "column", "increment", "readable", "owner")
    rows = connection.execute(_SQL["there"], {"identities": list(identities)}).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]


def _positions(connection: psycopg.Connection, there: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Where they stand; one that was never asked for a number is left out."""
    readable = [one for one in there if one["readable"]]
    found = []
    for some in _parts(readable):
        query = sql.SQL(" union all ").join(
            sql.SQL("select {}::pg_catalog.int4, last_value, is_called from {}").format(
                sql.Literal(place), sql.Identifier(one["schema"], one["name"])
            )
            for place, one in enumerate(some)
        )
        found += [
            {key: some[place][key] for key in ("identity", "table", "column", "increment")}
            | {"last_value": last, "is_called": called}
            for place, last, called in connection.execute(query).fetchall()
            if called
        ]
    return found


def _parts(there: list[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    for first in range(0, len(there), _AT_ONCE):
        yield there[first : first + _AT_ONCE]


def _is_behind(now: Mapping[str, Any] | None, kept: Mapping[str, Any]) -> bool:
    """Whether a sequence gave fewer numbers than the kept one, as far as its name tells."""
    if now is None:
        return True
    ahead = now["last_value"] - kept["last_value"]
    return bool(ahead < 0 if now["increment"] > 0 else ahead > 0)


def _raise(connection: psycopg.Connection, kept: Mapping[str, Any]) -> bool:
    """Sets the live sequence to the kept position, unless it is there or beyond."""
    if not kept["is_called"]:
        return False
    parameters = {key: kept.get(key) for key in ("table", "column", "identity")} | {"position": kept["last_value"]}
    row = connection.execute(_SQL["live"], parameters).fetchone()
    if row is None:
        return False
    schema, name, increment, cycles = row
    behind = sql.SQL(
        # One that begins anew by itself may well have gone past its end since.
        "not s.is_called" if cycles else "s.last_value {} {position} or (s.last_value = {position} and not s.is_called)"
    ).format(sql.SQL("<" if increment > 0 else ">"), position=sql.Literal(kept["last_value"]))
    moved = connection.execute(
        sql.SQL("select pg_catalog.setval({}::pg_catalog.regclass, {}, true) from {} as s where {}").format(
            sql.Literal(sql.Identifier(schema, name).as_string(connection)),
            sql.Literal(kept["last_value"]),
            sql.Identifier(schema, name),
            behind,
        )
    ).fetchone()
    return moved is not None
