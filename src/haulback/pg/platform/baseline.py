"""Lays the Supabase platform into a fresh database of our own, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import psycopg
from psycopg import sql

from haulback.pg.binaries import Binaries

# In the order they need each other.
_FILES = ("roles",)


@dataclass(frozen=True, slots=True)
class PlatformReport:
    """What applying the baseline did.

    Attributes:
        applied: false where it was there already.
    """

    applied: bool


def apply(connection: psycopg.Connection[tuple[object, ...]], binaries: Binaries, database: str) -> PlatformReport:
    """Applies the baseline unless it is there; whole or not at all.

    Args:
        connection: as the bootstrap superuser, in `database`, in autocommit.
        binaries: of the server.
        database: to be owned by `postgres`.
    """
    with connection.transaction():
        if _exists(connection, "authenticator"):
            return PlatformReport(applied=False)
        _own(connection, database)
        for name in _FILES:
            connection.execute(_text(name).encode())
    return PlatformReport(applied=True)


def apply_plain(connection: psycopg.Connection[tuple[object, ...]], database: str) -> None:
    """Makes the deploying role only: a PostgreSQL without Supabase's platform."""
    with connection.transaction():
        if not _exists(connection, "postgres"):
            _own(connection, database)


def _own(connection: psycopg.Connection[tuple[object, ...]], database: str) -> None:
    connection.execute(_text("owner").encode())
    connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO postgres").format(sql.Identifier(database)))


def _exists(connection: psycopg.Connection[tuple[object, ...]], role: str) -> bool:
    query = "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = %s"
    return connection.execute(query, [role]).fetchone() is not None


def _text(name: str) -> str:
    return (resources.files(__package__) / f"{name}.sql").read_text(encoding="utf-8")
