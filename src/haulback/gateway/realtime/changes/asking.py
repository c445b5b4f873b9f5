"""Asks PostgreSQL who may see a row: one statement for all who subscribed as one role, whatever their claims."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import msgspec
from psycopg import pq, sql
from psycopg.pq.abc import PGresult

from haulback.gateway.database.lane import lock_was_taken
from haulback.gateway.database.segment import Step
from haulback.gateway.realtime.changes.segments import Lost, Segments
from haulback.gateway.realtime.changes.tables import Table
from haulback.pg.queries import queries

_SQL = queries("haulback.gateway.realtime.changes", "asking.sql")
_SETTINGS = 6  # values of the statement that begins, before those of the keys
_ANSWERS = Step("answers", _SQL["answers"].encode())
_COMMITTED = _SQL["committed"].encode()
_VERSIONS = _SQL["versions"].encode()
_LOGIN = Step("login", b"SELECT SESSION_USER")
_TIMEOUT = b"2s"
_LONGEST_WAIT = 0.05
_MANY = 128  # questions that are worth a second connection

YES = "yes"
NO = "no"
TIMED_OUT = "57014"
RAISED = "\0"  # a text that no value has
NOBODY = b"{}"  # claims of whom no claim is known


@dataclass(frozen=True, slots=True)
class Question:
    """Claims as JSON, and the numbers of the rows, from 1, of which it is to be known whether they see them."""

    claims: bytes
    rows: Sequence[int]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks.

    Attributes:
        role: that is taken.
        apart: whether a question may leave something behind, which the next one is then not to meet.
        anew: whether, besides, each has to be planned by itself.
    """

    role: str
    apart: bool = False
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Versions:
    """Texts that are others after each change, by oids; None for what is not there.

    Attributes:
        tables: with their policies and privileges.
        functions: by their oids as texts.
        read: of tables the policies alone, by their oids as texts.
        roles: of roles, what they are and what they are members of, by their names.
    """

    tables: Mapping[int, str | None]
    functions: Mapping[str, str | None] = field(default_factory=dict)
    read: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)


class Asking:
    """Asks over one connection, and about many over a second one at the same time.

    Args:
        segments: of a login that may take the roles of those who subscribe.
        beside: of the same.
    """

    def __init__(self, segments: Segments, beside: Segments) -> None:
        self._segments = segments
        self._beside = beside
        self._questions: dict[int, tuple[Table, Step]] = {}

    async def committed(self, xids: Collection[int]) -> None:
        """Waits until others see what transactions did: their end is in the log before.

        Raises:
            Lost: the connection is gone.
        """
        asked = Step("committed", _COMMITTED, [array([str(xid) for xid in xids])])
        wait = 0.0005
        while True:
            outcome = await self._segments.run([asked])
            if outcome.error is not None or outcome.results[0].get_value(0, 0) == b"t":
                return
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    async def versions(
        self,
        tables: Sequence[int],
        functions: Sequence[str] = (),
        read: Sequence[str] = (),
        roles: Sequence[str] = (),
    ) -> Versions:
        """The versions of what some oids are of, and of some roles.

        Args:
            tables: with their policies and privileges.
            functions: as texts.
            read: tables of which the policies alone count, as texts.
            roles: by their names.

        Raises:
            Lost: the connection is gone, or does not tell.
        """
        asked = [array(some) for some in ([str(oid) for oid in tables], functions, read, roles)]
        outcome = await self._segments.run([Step("versions", _VERSIONS, asked)])
        if outcome.error is not None:
            raise Lost(f"the catalog cannot be read ({_code(outcome.error)})")
        of_tables, of_functions, of_read, of_roles = msgspec.json.decode(outcome.results[0].get_value(0, 0) or b"")
        return Versions(
            dict(zip(tables, of_tables, strict=True)),
            dict(zip(functions, of_functions, strict=True)),
            dict(zip(read, of_read, strict=True)),
            dict(zip(roles, of_roles, strict=True)),
        )

    async def sees(
        self, table: Table, asker: Asker, keys: Sequence[Sequence[str]], questions: Sequence[Question]
    ) -> list[list[str]]:
        """Which of some rows are there for a role under each of some claims, as they are now.

        Args:
            table: with a primary key.
            asker: for whom.
            keys: of the rows: texts of the values of the key.
            questions: who wants to know of which rows.

        Returns:
            For each question, for each of its rows: YES, NO, or the code of what a policy raised.

        Raises:
            Lost: the connection is gone.
        """
        if len(questions) < _MANY:
            return await self._sees(self._segments, table, asker, keys, questions)
        half = len(questions) // 2
        first, second = await asyncio.gather(
            self._sees(self._segments, table, asker, keys, questions[:half]),
            self._sees_beside(table, asker, keys, questions[half:]),
        )
        return first + second

    async def _sees_beside(
        self, table: Table, asker: Asker, keys: Sequence[Sequence[str]], questions: Sequence[Question]
    ) -> list[list[str]]:
        try:
            return await self._sees(self._beside, table, asker, keys, questions)
        except Lost:  # there may be no connection left for it
            return await self._sees(self._segments, table, asker, keys, questions)

    async def _sees(
        self,
        segments: Segments,
        table: Table,
        asker: Asker,
        keys: Sequence[Sequence[str]],
        questions: Sequence[Question],
    ) -> list[list[str]]:
        asked = [_transaction(asker, keys, questions), self._question(table), _ANSWERS]
        outcome = await segments.run(asked)
        while lock_was_taken(outcome.error):
            # Somebody alters a table: it is waited for, as by everybody who reads it.
            await asyncio.sleep(_LONGEST_WAIT)
            outcome = await segments.run(asked)
        if outcome.error is None:
            said = (outcome.results[2].get_value(0, 0) or b"").decode().split(",")[:-1]
            return [
                await self._answers(segments, table, asker, keys, question, answer)
                for question, answer in zip(questions, said, strict=True)
            ]
        code = _code(outcome.error)
        if not outcome.results:  # the role cannot be taken
            return [[code] * len(question.rows) for question in questions]
        if len(questions) == 1:
            return [await self._answers(segments, table, asker, keys, questions[0], f"!{code}")]
        # What no block catches (a time that ran out) ended all of them: the halves find out whose it was.
        half = len(questions) // 2
        first = await self._sees(segments, table, asker, keys, questions[:half])
        return first + await self._sees(segments, table, asker, keys, questions[half:])

    async def _answers(
        self,
        segments: Segments,
        table: Table,
        asker: Asker,
        keys: Sequence[Sequence[str]],
        question: Question,
        answer: str,
    ) -> list[str]:
        if not answer.startswith("!"):
            seen = set(map(int, answer.split()))
            return [YES if row in seen else NO for row in question.rows]
        code = answer[1:]
        if len(question.rows) == 1 or code == TIMED_OUT:
            return [code] * len(question.rows)
        # One row raised and all went with it: each is asked for alone.
        return [
            (await self._sees(segments, table, asker, keys, [Question(question.claims, (row,))]))[0][0]
            for row in question.rows
        ]

    async def claimed(self, role: str, expression: str, claims: Sequence[bytes]) -> list[str | None]:
        """The value of an expression for a role under each of some claims, as text; RAISED where there is none.

        Args:
            role: that asks.
            expression: in SQL, qualified, of nothing but the claims.
            claims: as JSON.

        Raises:
            Lost: the connection is gone.
        """
        body = sql.SQL(_SQL["claimed"]).format(expression=sql.SQL(expression))  # as PostgreSQL wrote it
        asked = Step(None, sql.SQL("DO {}").format(sql.Literal(body.as_string())).as_bytes())
        outcome = await self._segments.run(
            [_transaction(Asker(role), (), [Question(one, ()) for one in claims]), asked, _ANSWERS]
        )
        if outcome.error is not None:
            return [RAISED] * len(claims)
        said: list[str] = msgspec.json.decode(outcome.results[2].get_value(0, 0) or b"[]")
        return [RAISED if one == "!" else None if one == "0" else one[1:] for one in said]

    def _question(self, table: Table) -> Step:
        known = self._questions.get(table.oid)
        if known is None or known[0] is not table:
            known = (table, Step(None, _do(table)))
            self._questions[table.oid] = known
        return known[1]

    async def login(self) -> str:
        """As whom it asks, before it takes a role.

        Raises:
            Lost: the connection is gone.
        """
        outcome = await self._segments.run([_LOGIN])
        return "" if outcome.error is not None else (outcome.results[0].get_value(0, 0) or b"").decode()


def _code(error: PGresult) -> str:
    return (error.error_field(pq.DiagnosticField.SQLSTATE) or b"XX000").decode()


def _transaction(asker: Asker, keys: Sequence[Sequence[str]], questions: Sequence[Question]) -> Step:
    values = [
        _TIMEOUT,
        b"{%b}" % b",".join([_quoted(question.claims) for question in questions]),
        array([f"{{{','.join(map(str, question.rows))}}}" for question in questions]),
        asker.role.encode(),
        b"on" if asker.apart else b"off",
        b"on" if asker.anew else b"off",
    ]
    columns = list(zip(*keys, strict=True))
    values += [array(column) for column in columns]
    return Step(("transaction", len(columns)), _beginning(len(columns)), values)


@lru_cache(maxsize=64)
def _beginning(width: int) -> bytes:
    """The statement that sets everything, for keys of so many columns."""
    keys = [
        sql.SQL("pg_catalog.set_config({}, {}, true) IS NULL,").format(
            sql.Literal(f"haulback.key_{number}"), sql.SQL(f"${number + _SETTINGS}")
        )
        for number in range(1, width + 1)
    ]
    return sql.SQL(_SQL["transaction"]).format(keys=sql.SQL(" ").join(keys)).as_bytes()


def _do(table: Table) -> bytes:
    # The keys are read from the settings of the transaction, so that the text holds no value.
    conditions, of_one, declared = list[sql.Composed](), list[sql.Composed](), list[sql.Composed]()
    for number, name in enumerate(table.key, start=1):
        column = table.columns[name]
        # There are no arrays of arrays, so keys that are arrays stay texts.
        kind = sql.SQL("text" if column.element else column.sql_type)
        place = sql.Literal(number)
        for found, value in (
            (conditions, sql.SQL("haulback_key_{}[haulback_number]").format(place)),
            (of_one, sql.SQL("haulback_only_{}").format(place)),
        ):
            cast = sql.SQL("({})::{}").format(value, sql.SQL(column.sql_type)) if column.element else value
            found.append(sql.SQL("haulback_row.{} = {}").format(sql.Identifier(name), cast))
        setting = sql.Literal(f"haulback.key_{number}")
        declared.append(sql.SQL(_SQL["key"]).format(number=place, kind=kind, setting=setting))
    only = sql.SQL("" if table.partitioned else "ONLY")
    names = sql.Identifier(table.schema, table.name)
    look, look_at_one = (
        sql.SQL(_SQL[name]).format(only=only, table=names, key=sql.SQL(" AND ").join(keys))
        for name, keys in (("look", conditions), ("look_at_one", of_one))
    )
    text = sql.SQL(_SQL["sees"]).format(keys=sql.SQL("; ").join(declared), look=look, look_at_one=look_at_one)
    # A literal rather than dollar quotes: a name may hold whatever would end those.
    return sql.SQL("DO {}").format(sql.Literal(text.as_string())).as_bytes()


def array(values: Sequence[str | None]) -> bytes:
    """Texts as PostgreSQL reads an array of them."""
    return f"{{{','.join(map(_element, values))}}}".encode()


@lru_cache(maxsize=4096)
def _quoted(claims: bytes) -> bytes:
    """Claims as an element of an array; kept, since the same are asked for with each change."""
    return _element(claims.decode()).encode()


def _element(value: str | None) -> str:
    if value is None:
        return "NULL"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
