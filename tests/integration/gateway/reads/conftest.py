"""A library on each server, its schema cache, and a way to ask it by a query string."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import pq

from haulback.gateway.rest.compiled import Statement, bound
from haulback.gateway.rest.plan.node import Node, Root
from haulback.gateway.rest.plan.read import read_plan
from haulback.gateway.rest.planned import Options
from haulback.gateway.rest.query.parsed import parsed
from haulback.gateway.rest.shape import taken_apart
from haulback.gateway.rest.sql.statement import Count, read_statement
from haulback.gateway.schema.model import Name, SchemaCache
from haulback.gateway.schema.reading import read
from haulback.pg.cluster import SUPERUSER, Running

_LIBRARY = Path(__file__).with_name("library.sql")


class FailedInPostgres(Exception):
    """What PostgreSQL said no to; its SQLSTATE is the text."""


@dataclass(frozen=True)
class Library:
    """Answers query strings of one schema."""

    connection: psycopg.Connection
    cache: SchemaCache

    def plan(self, table: str, query: str = "", options: Options | None = None, root: Root = Root.TABLE) -> Node:
        shape, _ = taken_apart(query)
        return read_plan(
            parsed(shape, is_call=False), Name("library", table), self.cache, options or Options(aggregates=True), root
        )

    def row(
        self, table: str, query: str = "", *, options: Options | None = None, count: Count | None = None
    ) -> list[str | None]:
        """The seven columns, as text."""
        options = options or Options(aggregates=True)
        statement = read_statement(self.plan(table, query, options), count=count, max_rows=options.max_rows)
        return self.run(statement, query)[0]

    def get(self, table: str, query: str = "", *, options: Options | None = None) -> Any:
        body = self.row(table, query, options=options)[3]
        assert body is not None
        return json.loads(body)

    def run(self, statement: Statement, query: str = "") -> list[list[str | None]]:
        """Rows as text; as the gateway runs it: prepared, parameters without types."""
        values = bound(statement.binds, taken_apart(query)[1], None)
        result = self.connection.pgconn.exec_params(statement.sql.encode(), values)
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise FailedInPostgres((result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode())
        columns = range(result.nfields)
        cells = [[result.get_value(row, column) for column in columns] for row in range(result.ntuples)]
        return [[None if cell is None else cell.decode() for cell in row] for row in cells]


@pytest.fixture(scope="session", params=["embedded", "pg15"])
def library(request: pytest.FixtureRequest) -> Iterator[Library]:
    server: Running = request.getfixturevalue(request.param)
    name = f"library_{uuid.uuid4().hex[:12]}"
    # From template0, and never holding on to template1: other fixtures copy that one.
    _run(server, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        with psycopg.connect(server.conninfo(SUPERUSER, name), autocommit=True) as connection:
            connection.execute(_LIBRARY.read_text(encoding="utf-8"))
            cache = read(connection, ["library"])
            connection.execute("SET search_path TO library")
            yield Library(connection, cache)
    finally:
        _run(server, f"DROP DATABASE {name} WITH (FORCE)")


def _run(server: Running, statement: str) -> None:
    with psycopg.connect(server.conninfo(SUPERUSER, "postgres"), autocommit=True) as owner:
        owner.execute(statement)
