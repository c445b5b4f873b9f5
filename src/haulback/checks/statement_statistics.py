"""Statement timings can be read, so that a slowdown after the deployment can be told from one before."""

from __future__ import annotations

import psycopg
from psycopg import sql

from haulback.checks._check import Check, Finding, unknown
from haulback.checks._context import CheckContext
from haulback.model.check import Outcome
from haulback.pg.queries import script

_THRESHOLD = "pg_stat_statements is installed and loaded"


def _measure(context: CheckContext) -> Finding:
    row = context.connection.execute(script("haulback.checks", "statement_statistics.sql")).fetchone()
    if row is None:
        return unknown("pg_stat_statements is not installed", _THRESHOLD, "Run: create extension pg_stat_statements")
    schema, column = row
    if column is None:
        return unknown("this version of pg_stat_statements tells no mean time", _THRESHOLD, "Update the extension.")
    query = sql.SQL("select max({}) from {}").format(
        sql.Identifier(column), sql.Identifier(schema, "pg_stat_statements")
    )
    try:
        context.connection.execute(query)
    except psycopg.errors.ObjectNotInPrerequisiteState:
        hint = "Add pg_stat_statements to shared_preload_libraries and restart the server."
        return Finding(Outcome.FAIL, "pg_stat_statements is installed but not loaded", _THRESHOLD, hint)
    return Finding(Outcome.PASS, f"{column} can be read", _THRESHOLD)


CHECK = Check("statement-statistics", "Statement timings are kept", _measure, informational=True)
