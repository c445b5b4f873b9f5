"""What a target has that lints look at: extensions, schemas, roles, tables of the platform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from haulback.pg.queries import script

API_ROLES = ("anon", "authenticated")

# Schemas of the platform, of extensions and of ours: their owners look after them. Those that the advisors leave out,
# and our own.
PLATFORM = (
    *("_timescaledb_cache", "_timescaledb_catalog", "_timescaledb_config", "_timescaledb_internal", "auth", "cron"),
    *("extensions", "graphql", "graphql_public", "haulback", "haulback_attic", "information_schema", "net"),
    *("pg_catalog", "pgbouncer", "pgmq", "pgroonga", "pgsodium", "pgsodium_masks", "pgtle", "realtime", "repack"),
    *("storage", "supabase_functions", "supabase_migrations", "tiger", "topology", "vault"),
)


@dataclass(frozen=True, slots=True)
class Here:
    """What there is.

    Attributes:
        roles: those of `API_ROLES` that exist.
        relations: tables of auth and storage, as `schema.table`.
        served: schemas that the database's own settings of PostgREST name.
    """

    extensions: frozenset[str] = frozenset()
    schemas: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
    served: tuple[str, ...] = ()


# Says what a lint lacks so that what it looks for cannot exist; empty where nothing is lacking.
Need = Callable[[Here], str]


def read(connection: psycopg.Connection) -> Here:
    """Asks the catalogs.

    Raises:
        psycopg.Error: the server did not answer.
    """
    row = connection.execute(script(__package__, "here.sql"), {"roles": list(API_ROLES)}).fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    extensions, schemas, roles, relations, served = row
    named = tuple(dict.fromkeys(part.strip() for one in served for part in one.split(",") if part.strip()))
    return Here(frozenset(extensions), frozenset(schemas), frozenset(roles), frozenset(relations), named)


def extension(name: str) -> Need:
    return lambda here: "" if name in here.extensions else f"the extension {name} is not installed"


def schema(name: str) -> Need:
    return lambda here: "" if name in here.schemas else f"there is no schema {name}"


def relation(name: str) -> Need:
    return lambda here: "" if name in here.relations else f"there is no table {name}"


def role(name: str) -> Need:
    return lambda here: "" if name in here.roles else f"there is no role {name}"


def api_role(here: Here) -> str:
    """Needs one of the roles that requests to the API run as."""
    return "" if here.roles else f"there is no role {' or '.join(API_ROLES)}"
