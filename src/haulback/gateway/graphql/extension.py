"""pg_graphql itself, where the database has it: it answers then."""

from __future__ import annotations

import psycopg

_INSTALLED = """
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_proc AS function
    JOIN pg_catalog.pg_namespace AS schema ON schema.oid = function.pronamespace
    JOIN pg_catalog.pg_language AS language ON language.oid = function.prolang
   WHERE schema.nspname = 'graphql' AND function.proname = '_internal_resolve' AND language.lanname = 'c')
"""
RESOLVE = b"""SELECT graphql.resolve($1, $2::pg_catalog.jsonb, $3, $4::pg_catalog.jsonb)::pg_catalog.text"""


def installed(connection: psycopg.Connection) -> bool:
    """Whether the real one is there; a stand-in has no code in C."""
    row = connection.execute(_INSTALLED).fetchone()
    return bool(row and row[0])
