"""How far the API's roles reach into the tables: measured before a deployment, compared after it.

Whether a table ought to be public nobody tells us, and public profiles are legitimate. That it was not public before
and is now is a fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from haulback.pg.queries import script
from haulback.verify._stage import ANONYMOUS, SIGNED_IN, NoAnswer, attempt, rolled_back

_MOST = 100  # foreign rows are counted up to here
_TIMEOUT = "1s"
_RANK = {"none": 0, "some": 1, "all": 2}


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of two owners of one table, and how many of them others see.

    Attributes:
        owners: up to two users who own rows.
        anonymous: rows of these owners that anon sees, at most 100; None where that could not be measured.
        foreign: rows of either owner that the other one (a stranger, beside a single owner) sees, at most 100;
            None likewise.
    """

    owners: tuple[UUID, ...]
    anonymous: int | None
    foreign: int | None


@dataclass(frozen=True)
class Baseline:
    """What was reachable at one moment.

    Attributes:
        reach: (table, role, command) to `none`, `some` or `all`; tables as quoted identities.
        samples: by table, for those whose rows belong to users.
    """

    reach: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    samples: Mapping[str, Sample] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Widening:
    """Something that is reachable and was not. `proved` where rows of others are in reach now."""

    what: str
    proved: bool


def measure(connection: psycopg.Connection, before: Baseline | None = None) -> Baseline:
    """Measures the reach; where `before` is given, with its owners, so that like is compared with like.

    Each table is read in a short transaction of its own, so that no lock is held across tables.

    Raises:
        psycopg.Error: the catalogs could not be read.
    """
    reach = reachable(connection)
    samples = {}
    for identity, schema, name, column in _bounded(connection, script("haulback.verify", "owned_tables.sql")):
        known = before.samples[identity].owners if before and identity in before.samples else ()
        samples[identity] = _sample(connection, sql.Identifier(schema, name), sql.Identifier(column), known)
    return Baseline(reach, samples)


def reachable(connection: psycopg.Connection) -> dict[tuple[str, str, str], str]:
    """Returns (table, role, command) to `none`, `some` or `all`, as privileges and policies say.

    Raises:
        psycopg.Error: the catalogs could not be read.
    """
    rows = _bounded(connection, script("haulback.verify", "reach.sql"))
    return {(table, role, command): how for table, role, command, how in rows}


def _bounded(connection: psycopg.Connection, query: LiteralString) -> list[tuple[Any, ...]]:
    """Reads the catalogs without hanging: pg_get_expr waits for whoever holds the table of a policy alone."""
    with rolled_back(connection):
        return connection.execute(query).fetchall()


def widenings(before: Baseline, after: Baseline) -> tuple[Widening, ...]:
    """Returns what became reachable in tables that were there before, in a stable order."""
    found = []
    for key in sorted(before.reach.keys() & after.reach.keys()):
        table, role, command = key
        if after.reach[key] == "all" and _RANK[before.reach[key]] < _RANK["all"]:
            sample = after.samples.get(table)
            found.append(Widening(f"{role} may {command} every row of {table}", bool(sample and sample.owners)))
    for table in sorted(before.samples.keys() & after.samples.keys()):
        was, is_now = before.samples[table], after.samples[table]
        if was.anonymous == 0 and is_now.anonymous:
            found.append(Widening(f"anon sees {is_now.anonymous} rows of users in {table}", proved=True))
        if was.foreign == 0 and is_now.foreign:
            found.append(Widening(f"one user sees {is_now.foreign} rows of another in {table}", proved=True))
    return tuple(found)


def unmeasured(before: Baseline, after: Baseline) -> tuple[str, ...]:
    """Returns the tables that held rows of users before and of which the reading could not be compared."""
    return tuple(
        table
        for table in sorted(before.samples.keys() & after.samples.keys())
        if before.samples[table].owners and _untold(before.samples[table], after.samples[table])
    )


def _untold(was: Sample, is_now: Sample) -> bool:
    return None in (was.anonymous, is_now.anonymous, was.foreign, is_now.foreign)


def _sample(
    connection: psycopg.Connection, table: sql.Identifier, column: sql.Identifier, known: tuple[UUID, ...]
) -> Sample:
    owners = known
    try:
        with rolled_back(connection, _TIMEOUT):
            owners = known or _owners(connection, table, column)
            anonymous = sum(_seen(connection, table, column, ANONYMOUS, None, owner) for owner in owners)
            viewers = reversed(owners) if len(owners) > 1 else (uuid4(),)  # beside one owner, a stranger
            pairs = list(zip(viewers, owners, strict=False))
            foreign = max((_seen(connection, table, column, SIGNED_IN, me, them) for me, them in pairs), default=None)
    except (NoAnswer, psycopg.Error):
        return Sample(owners, None, None)
    return Sample(owners, min(anonymous, _MOST) if owners else None, foreign)


def _owners(connection: psycopg.Connection, table: sql.Identifier, column: sql.Identifier) -> tuple[UUID, ...]:
    """Two owners without sorting the table: any row's, and any other row's. Row security must not hide them."""
    connection.execute("select pg_catalog.set_config('row_security', 'off', true)")
    query = sql.SQL("select {column} from {table} where {column} is not null and {column} <> all (%s) limit 1")
    owners: list[UUID] = []
    for _ in range(2):
        row = connection.execute(query.format(column=column, table=table), (owners,)).fetchone()
        if row is None:
            break
        owners.append(row[0])
    connection.execute("select pg_catalog.set_config('row_security', 'on', true)")
    return tuple(owners)


def _seen(
    connection: psycopg.Connection,
    table: sql.Identifier,
    column: sql.Identifier,
    role: str,
    me: UUID | None,
    them: UUID,
) -> int:
    """Rows of `them` that `me` sees; a refusal is none. An error inside a policy shows nothing either."""
    query = sql.SQL("select 1 from {table} where {column} = %s limit {most}").format(
        table=table, column=column, most=sql.Literal(_MOST)
    )
    return attempt(connection, role, me, query, (them,)).count
