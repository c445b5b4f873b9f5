"""Takes the type of a column back where its values of now are none of the old type.

What a migration made of a value need not be readable as what it was: a number that became a name, a label in capital
letters. The old value is in the attic; so such a column comes back with nulls in their place, and `filling` puts the
old values there. What users wrote has to be convertible: nothing stands for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from haulback.capture import live, registry, retyping
from haulback.capture.errors import InverseFailed
from haulback.capture.naming import SCHEMA
from haulback.model.capture import Capture, Keeps
from haulback.model.deployment import Deployment
from haulback.model.schema import InverseStep, ObjectKey, Schema
from haulback.pg.catalog.kind import facts_of
from haulback.pg.catalog.quoting import unquoted
from haulback.pg.queries import bound, queries

_SQL = queries("haulback.capture", "sql/converting.sql")
_USING = " USING "
_NAMED = 5  # keys in a message
_NO_VALUE = (psycopg.errors.DataError, psycopg.errors.CannotCoerce, psycopg.errors.IntegrityError)


class Conversions:
    """What is done in the place of steps that the server refused; for one structure transaction."""

    def __init__(self, deployment: Deployment, before: Schema) -> None:
        self._deployment, self._before = deployment, before
        self._nullable: set[ObjectKey] = set()

    def instead(self, connection: psycopg.Connection, step: InverseStep, error: psycopg.Error) -> bool:
        """Whether there was another way to do a step.

        Raises:
            InverseFailed: what users wrote since cannot be converted.
        """
        if step.key in self._nullable and isinstance(error, psycopg.errors.NotNullViolation):
            return True  # put off until the values are there: the last transaction compares the schemas
        if _USING not in step.statement or not isinstance(error, _NO_VALUE):
            return False
        capture = self._capture(connection, step.key)
        if capture is None:
            return False
        self._convert(connection, step, capture)
        self._nullable.add(step.key)
        return True

    def _capture(self, connection: psycopg.Connection, key: ObjectKey) -> Capture | None:
        """The copy of the column, where it is told what users wrote since."""
        member = self._before.objects.get(key)
        if key.kind != "column" or member is None or member.parent is None:
            return None
        name = unquoted(facts_of(member)["_name"])
        for capture in registry.captures(connection, self._deployment.id):
            mine = capture.keeps is Keeps.BEFORE and capture.identity == member.parent.identity
            if mine and name in capture.retyped and retyping.is_told(capture):
                return capture
        return None

    def _convert(self, connection: psycopg.Connection, step: InverseStep, capture: Capture) -> None:
        facts = facts_of(self._before.objects[step.key])
        name = unquoted(facts["_name"])
        table = live.find(connection, capture.identity)
        column = table.column(name) if table else None
        written = retyping.written_since(connection, capture)
        if table is None or column is None or written is None:
            raise InverseFailed(key=step.key, problem="its copy is not whole", sqlstate="none", advice="")
        function = sql.Identifier(SCHEMA, f"d{capture.number}_converted_{capture.id}")
        statement, _, using = step.statement.rpartition(_USING)
        expression = f"value{using.removeprefix(facts['_name'])}"
        body = sql.SQL(_SQL["body"]).format(expression=sql.SQL(expression)).as_string(connection)
        connection.execute(
            sql.SQL(_SQL["function"]).format(
                function=function, now=sql.SQL(column.type), before=sql.SQL(facts["type"]), body=sql.Literal(body)
            )
        )
        if keys := _stuck(connection, capture, written, table, name, function):
            told = ", ".join(keys[:_NAMED]) + (", …" if len(keys) > _NAMED else "")
            raise InverseFailed(
                key=step.key,
                problem=f"what users wrote into the rows {told} is no {facts['type']}",
                sqlstate="22000",
                advice="Change these values, or delete the rows, then run the same command again.",
            )
        mine = sql.Identifier(name)
        # What is null until its value is back must be allowed to be. Before the type, for that looks at every row.
        connection.execute(sql.SQL("alter table {} alter column {} drop not null").format(table.identifier, mine))
        call = sql.SQL("{}({})").format(function, mine).as_string(connection)
        connection.execute(f"{statement}{_USING}{call}".encode())
        connection.execute(sql.SQL("drop function {}").format(function))


def _stuck(
    connection: psycopg.Connection,
    capture: Capture,
    written: Capture,
    table: live.Table,
    column: str,
    function: sql.Identifier,
) -> Sequence[str]:
    """The keys of the first rows whose value would be lost."""
    key = capture.key
    query = sql.SQL(_SQL["stuck"]).format(
        key_texts=sql.SQL(" || '/' || ").join(
            sql.SQL("{}::pg_catalog.text").format(sql.Identifier("t", one)) for one in key
        ),
        column=sql.Identifier(column),
        table=table.identifier,
        written=sql.Identifier(SCHEMA, written.attic_table),
        copy=sql.Identifier(SCHEMA, capture.attic_table),
        w_is_t=sql.SQL(" and ").join(
            sql.SQL("{} = {}").format(sql.Identifier("w", retyping.live_name(written, one)), sql.Identifier("t", one))
            for one in key
        ),
        o_is_t=sql.SQL(" and ").join(
            sql.SQL("{} = {}").format(sql.Identifier("o", one), sql.Identifier("t", one)) for one in key
        ),
        function=function,
    )
    return [row[0] for row in connection.execute(bound(query, {"most": _NAMED + 1})).fetchall()]
