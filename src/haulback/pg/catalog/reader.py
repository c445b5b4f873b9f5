"""Reads a whole schema from the catalogs, in one snapshot, as data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from haulback.model.schema import Address, ObjectKey, Schema, SchemaObject
from haulback.pg.catalog.kind import Description, describe, kinds

Connection = psycopg.Connection[Any]

_NEWEST = 99
LEAVE_OUT = ("haulback", "haulback_attic")
_SETTINGS = {
    "search_path": "",
    "jit": "off",
    "quote_all_identifiers": "off",
    "timezone": "UTC",
    # Catalogs are seldom analysed, and each query touches few rows: look them up rather than hash all.
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
}
_ASK = "SELECT " + ", ".join(f"pg_catalog.current_setting('{name}')" for name in _SETTINGS)
_SET = "SELECT " + ", ".join(f"pg_catalog.set_config('{name}', %s, true)" for name in _SETTINGS)
_KNOWS_CLUSTER = "SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')"
# Internal, extension, and the two of partitions: for these the object is a part of what it refers to.
_PART_OF = frozenset({"i", "e"})
_NOTHING: frozenset[ObjectKey] = frozenset()


def read(
    connection: Connection,
    *,
    leave_out: tuple[str, ...] = LEAVE_OUT,
    as_major: int | None = None,
    only: frozenset[str] = frozenset(),
) -> Schema:
    """Returns every object of the connection's database outside system schemas and those in `leave_out`.

    Needs no privilege beyond CONNECT. Opens a read-only snapshot of its own where no transaction is open;
    inside one it sees what that transaction sees and leaves its settings as they were.

    Args:
        connection: to the database to read.
        leave_out: schemas that do not count.
        as_major: an older major that the answer is to be compared with, or its statements run on; what only
            newer servers tell is left out.
        only: the kinds to read, without what depends on what; empty for all there is.
    """
    major = min(as_major or _NEWEST, connection.info.server_version // 10000)
    with _snapshot(connection) as knows_cluster:
        rows = _fetch(connection, list(leave_out), only, knows_cluster=knows_cluster)
    placed = list(_described(rows, major))
    depends = _depends(placed, rows.get("depends", ()), rows.get("generated", ()))
    objects = {d.key: _object(d, depends.get(d.key, _NOTHING), position) for _, d, position in placed}
    return Schema(
        objects,
        major,
        connection.info.dbname,
        tuple((kind, identity) for kind, identity in rows.get("unsupported", ())),
        {description.key: address for address, description, _ in placed},
        next((str(row[0]) for row in rows.get("origin", ())), ""),
    )


@lru_cache(maxsize=65536)
def _object(described: Description, depends: frozenset[ObjectKey], position: int | None) -> SchemaObject:
    """Remembered as descriptions are: what did not change between two readings is the same object in both."""
    return SchemaObject(
        described.key,
        described.definition,
        described.create,
        described.drop,
        depends,
        described.parent,
        described.bears_data,
        position,
        described.notes,
    )


@contextmanager
def _snapshot(connection: Connection) -> Iterator[bool]:
    """One consistent view; names print qualified because nothing is on the search path.

    Yields whether the role may ask which cluster this is.
    """
    fresh = connection.info.transaction_status == TransactionStatus.IDLE
    # Not rolled back at the end: the driver would then forget all queries that it prepared, and plan each anew.
    with connection.transaction():
        if fresh:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor = connection.cursor(row_factory=tuple_row)
        before = None if fresh else cursor.execute(_ASK, prepare=True).fetchone()
        cursor.execute(_SET, list(_SETTINGS.values()), prepare=True)
        known = cursor.execute(_KNOWS_CLUSTER, prepare=True).fetchone()
        yield bool(known and known[0])
        if before:
            cursor.execute(_SET, before, prepare=True)


def _fetch(
    connection: Connection, leave_out: list[str], only: frozenset[str], *, knows_cluster: bool
) -> Mapping[str, list[tuple[Any, ...]]]:
    """Sends one query a kind, all of them before the first answer is awaited."""
    queries = {f"kind {name}": kind.query for name, kind in kinds().items() if not only or name in only}
    queries |= {} if only else {name: _text(name) for name in ("depends", "generated", "unsupported")}
    queries |= {"origin": _text("origin")} if knows_cluster else {}
    cursors = {}
    with connection.pipeline():
        for name, query in queries.items():
            cursor = connection.cursor(row_factory=tuple_row)
            cursors[name] = cursor.execute(query, {"leave_out": leave_out}, prepare=True)
    return {name: cursor.fetchall() for name, cursor in cursors.items()}


def _described(
    rows: Mapping[str, list[tuple[Any, ...]]], major: int
) -> Iterator[tuple[Address, Description, int | None]]:
    places: dict[int, int] = defaultdict(int)
    for kind in kinds():
        for catalog, number, sub, text in rows.get(f"kind {kind}", ()):
            position = None
            if kind == "column":
                places[number] += 1
                position = places[number]
            yield (catalog, number, sub), describe(kind, text, major), position


def _depends(
    placed: Sequence[tuple[Address, Description, int | None]],
    edges: Sequence[tuple[Any, ...]],
    generated: Sequence[tuple[Any, ...]],
) -> dict[ObjectKey, frozenset[ObjectKey]]:
    """Turns dependencies between addresses into dependencies between objects.

    An address that is no object of ours is a part of one, or belongs to an extension: it counts as that.
    """
    known = {address: description.key for address, description, _ in placed}
    whole: dict[tuple[int, int], Address] = {
        (catalog, number): (refers, other, sub)
        for catalog, number, _, refers, other, sub, how in edges
        if how in _PART_OF
    }
    whole |= {(catalog, number): (refers, other, sub) for catalog, number, refers, other, sub in generated}
    resolved: dict[Address, ObjectKey | None] = dict(known)

    def resolve(address: Address) -> ObjectKey | None:
        if address not in resolved:
            resolved[address] = _resolve(address, known, whole)
        return resolved[address]

    found: dict[ObjectKey, set[ObjectKey]] = defaultdict(set)
    for catalog, number, sub, refers, other, other_sub, _ in edges:
        key = resolve((catalog, number, sub))
        needed = resolve((refers, other, other_sub)) if key else None
        if key and needed and key != needed:
            found[key].add(needed)
    return {key: frozenset(needed) for key, needed in found.items()}


def _resolve(
    address: Address, known: Mapping[Address, ObjectKey], whole: Mapping[tuple[int, int], Address]
) -> ObjectKey | None:
    for _ in range(8):  # parts of parts: a toast table's index is three steps from its table
        catalog, number, sub = address
        key = known.get(address) or (known.get((catalog, number, 0)) if sub else None)
        if key:
            return key
        above = whole.get((catalog, number))
        if above is None:
            return None
        address = above
    return None


@cache
def _text(name: str) -> str:
    return files("haulback.pg.catalog").joinpath(f"{name}.sql").read_text("utf-8")
