"""pg_graphql's own tests, with every `graphql.resolve` answered by this gateway's GraphQL: how many come out the same.

    .venv/bin/python benchmarks/graphql_spec.py FOLDER [--only aliases] [--show 3] [--major 15]

FOLDER is a checkout of supabase/pg_graphql (its files stay out of this repository). Each statement of test/sql is run
on a private server. One that calls `graphql.resolve` is run twice: first, in a savepoint that is rolled back, to see
what is asked for; then this gateway plans and runs that on the same connection, as the same role and in the same
transaction; then the statement is run with the answers put in its place. What it yields is compared with
test/expected, as JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from _measure import served
from _regression import Statement, same, statements
from haulback.gateway.graphql.answering import told
from haulback.gateway.graphql.planned import failed
from haulback.gateway.graphql.plans import Plans
from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.requested import Requested
from haulback.gateway.graphql.types.reading import privileges, read
from haulback.gateway.graphql.types.schema import RoleSchema
from haulback.model.graphql import GraphQLSettings
from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Running

NAME = "contrib_regression"
SETTINGS = r"-c timezone=PST8PDT -c datestyle=Postgres,MDY -c client_min_messages=notice"  # as pg_regress has them
LEFT_OUT = ("\\", "set client_min_messages", "set log_min_messages")  # psql's own, and what would hide what is asked
ROLE = re.compile(r"create role (\w+)$")
STAND_IN = """
create schema graphql;
grant usage on schema graphql to public;
create function graphql.resolve(
  query text, variables jsonb default '{}', "operationName" text default null, extensions jsonb default null)
  returns jsonb language plpgsql as $$
declare answers jsonb := nullif(current_setting('spec.answers', true), '')::jsonb;
begin
  if answers is null then
    raise notice 'spec %', jsonb_build_object('query', query, 'variables', variables, 'operation', "operationName");
    return '{}';
  end if;
  perform set_config('spec.answers', (answers - 0)::text, false);
  return answers -> 0;
end $$;
create function graphql.encode(jsonb) returns text language sql immutable as
  $$ select encode(convert_to($1::text, 'utf-8'), 'base64') $$;
comment on schema public is '@graphql({"inflect_names": true})';
"""


class Inside:
    """A connection in a transaction, for what reads the catalogs in one of its own."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, query: Any, *args: Any) -> Any:
        if isinstance(query, str) and query.startswith("SET TRANSACTION"):
            return None
        return self._connection.execute(query, *args)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._connection.transaction(force_rollback=True):
            yield


@dataclass
class Tally:
    right: int = 0
    wrong: list[str] = field(default_factory=list)


class Session:
    """One connection, as psql would have it."""

    def __init__(self, conninfo: str) -> None:
        self.connection = psycopg.connect(conninfo, autocommit=True, options=SETTINGS)
        self.asked: list[dict[str, Any]] = []
        self.connection.add_notice_handler(self._heard)

    def _heard(self, notice: psycopg.errors.Diagnostic) -> None:
        text = notice.message_primary or ""
        if text.startswith("spec "):
            self.asked.append(json.loads(text.removeprefix("spec ")))

    def run(self, text: str) -> list[list[str]]:
        """The rows of a statement, as texts; none where it fails."""
        cursor = psycopg.ClientCursor(self.connection)
        cursor.execute(text.encode())
        return _texts(cursor)

    def has_role(self, text: str) -> bool:
        """Whether a statement makes a role that is there already: those of Supabase are."""
        made = ROLE.search(text)
        asked = "select 1 from pg_roles where rolname = %s"
        return made is not None and self.connection.execute(asked, made.groups()).fetchone() is not None

    def answered(self, text: str) -> list[list[str]]:
        """The rows of a statement with our answers in it."""
        self.asked.clear()
        with self.connection.transaction(force_rollback=True):
            self.run(text)
        answers = [self.answer(**each) for each in self.asked]
        self.connection.execute("select set_config('spec.answers', %s, false)", (json.dumps(answers),))
        try:
            return self.run(text)
        finally:
            if self.connection.info.transaction_status is not psycopg.pq.TransactionStatus.INERROR:
                self.connection.execute("select set_config('spec.answers', '', false)")

    def answer(self, query: str, variables: Any, operation: str | None) -> Any:
        """What the gateway answers."""
        try:
            with self.connection.transaction():
                return json.loads(self._answer(query, variables, operation))
        except psycopg.Error as error:
            return json.loads(failed((told(error.sqlstate or "", error.diag.message_primary or ""),)))

    def _answer(self, query: str, variables: Any, operation: str | None) -> bytes:
        inside: Any = Inside(self.connection)
        role, schemas = self.connection.execute("select current_user::text, current_schemas(false)::text[]").fetchone()
        catalog = read(inside, schemas)
        if catalog.trouble is not None:
            return failed((catalog.trouble,), no_data=True)
        allowed = privileges(inside, catalog, role)
        assert allowed is not None
        asked = Requested(query, {} if variables is None else variables, operation)
        plan = Plans(GraphQLSettings()).of(asked, RoleSchema(catalog, allowed)).planned
        rows = []
        try:
            for each in plan.statements:
                values = [value if value is None else value.decode() for value in each.values(asked.variables)]
                cursor = psycopg.RawCursor(self.connection)
                cursor.execute(each.sql, values)
                result = cursor.pgresult
                assert result is not None
                rows.append([result.get_value(0, n) if result.ntuples else None for n in range(result.nfields)])
        except Refused as refused:
            return failed((refused.message,))
        return plan.body(rows)


def _texts(cursor: psycopg.Cursor[Any]) -> list[list[str]]:
    result = cursor.pgresult
    if result is None or cursor.description is None:
        return []
    return [
        [(result.get_value(row, column) or b"").decode() for column in range(result.nfields)]
        for row in range(result.ntuples)
    ]


def _plain(text: str) -> str:
    """A statement without the comments before it."""
    return re.sub(r"\A(?:\s|--[^\n]*\n)+", "", text)


def _matches(expected: Statement, rows: list[list[str]]) -> bool:
    wanted = expected.rows()
    return len(wanted) == len(rows) and all(
        len(want) == len(row) and all(map(same, want, row)) for want, row in zip(wanted, rows, strict=True)
    )


def play(running: Running, sql: Path, out: Path, show: list[str]) -> Tally:
    """One file, from an empty database."""
    with psycopg.connect(running.conninfo(SUPERUSER, "template1"), autocommit=True) as admin:
        admin.execute(f"drop database if exists {NAME} with (force)")
        admin.execute(f"create database {NAME} template spec_template")
    session = Session(running.conninfo(SUPERUSER, NAME))
    tally = Tally()
    for statement in statements(sql, out):
        if _plain(statement.text).startswith(LEFT_OUT) or session.has_role(statement.text):
            continue
        counts = "graphql.resolve(" in statement.text
        try:
            rows = session.answered(statement.text) if counts else session.run(statement.text)
        except psycopg.Error as error:
            rows = [[f"ERROR: {error}"]]
            if not counts:
                show.append(f"{sql.stem}: {statement.text[:200]}\n   {error}")
                continue
        if counts and _matches(statement, rows):
            tally.right += 1
        elif counts:
            wanted = "\n".join(statement.printed[2:])[:2000]
            tally.wrong.append(f"{statement.text}\n--- wanted\n{wanted}\n--- got\n{_pretty(rows)}\n")
    session.connection.close()
    return tally


def _pretty(rows: list[list[str]]) -> str:
    def shown(text: str) -> str:
        try:
            return json.dumps(json.loads(text), indent=1)
        except ValueError:
            return text

    return "\n".join(shown(cell) for row in rows for cell in row)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--only", default="", help="files whose names begin so")
    arguments.add_argument("--show", type=int, default=0, help="how many differences to print")
    arguments.add_argument("--major", type=int, default=None)
    given = arguments.parse_args()
    found = binaries.embedded() if given.major is None else binaries.for_major(given.major)
    total, files = Counter[str](), Counter[str]()
    notes: list[str] = []
    wrong: list[str] = []
    with served(found) as (_, running):
        with psycopg.connect(running.conninfo(SUPERUSER, "template1"), autocommit=True) as admin:
            admin.execute("create database spec_template template template0 strategy file_copy")
        with psycopg.connect(running.conninfo(SUPERUSER, "spec_template"), autocommit=True) as fresh:
            fresh.execute(STAND_IN)
        for sql in sorted((given.folder / "test" / "sql").glob(f"{given.only}*.sql")):
            out = given.folder / "test" / "expected" / f"{sql.stem}.out"
            if not out.exists():
                continue
            tally = play(running, sql, out, notes)
            total["right"] += tally.right
            total["wrong"] += len(tally.wrong)
            files["right" if not tally.wrong else "wrong"] += 1
            if tally.wrong:
                print(f"{sql.stem:<52} {tally.right:4} right {len(tally.wrong):4} wrong", flush=True)
                wrong += [f"===== {sql.stem}\n{each}" for each in tally.wrong]
    if given.show:
        print(*notes[:20], *wrong[: given.show], sep="\n")
    answers = sum(total.values())
    print(f"answers {total['right']} of {answers} ({100 * total['right'] / max(answers, 1):.1f} %)")
    print(f"files   {files['right']} of {sum(files.values())}")


if __name__ == "__main__":
    sys.exit(main())
