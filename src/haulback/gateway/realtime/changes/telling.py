"""Tells one change to those who follow its table, may see it and want it."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

import psycopg

from haulback.gateway.realtime.changes import rendering
from haulback.gateway.realtime.changes.asking import NO, TIMED_OUT, YES, Asking
from haulback.gateway.realtime.changes.conditions import Condition, question
from haulback.gateway.realtime.changes.facts import Facts
from haulback.gateway.realtime.changes.narrowing import Narrowing
from haulback.gateway.realtime.changes.register import Register, Subscription
from haulback.gateway.realtime.changes.rendering import Change, Rendered
from haulback.gateway.realtime.changes.tables import Catalog, Role, Table
from haulback.gateway.realtime.changes.values import NotAnArray, encoder, string
from haulback.gateway.realtime.members import Member

_BYTEA = 17
_AGAIN_AFTER = 30.0  # seconds after which a member is told again that its policy raises

_GONE = (psycopg.OperationalError, psycopg.InterfaceError)


class Telling:
    """Decides who is told, and tells them.

    Args:
        register: who follows which table.
        facts: of tables and roles.
        catalog: for conditions and values that only PostgreSQL can tell.
        asking: who may see a row.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        register: Register,
        facts: Facts,
        catalog: Catalog,
        asking: Asking,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._register = register
        self._facts = facts
        self._catalog = catalog
        self._asking = asking
        self._clock = clock
        self._narrowing = Narrowing(register, asking)
        self._warned: dict[Subscription, float] = {}

    async def tell(self, oid: int, change: Change) -> None:
        """Tells a change of a table whose transaction others see.

        Raises:
            psycopg.OperationalError, Lost: a connection is gone; nobody may have been told, or some.
        """
        table = await self._facts.table(oid)
        if table is None:
            return
        rendered: Rendered | None = None
        for name in self._register.roles(oid):
            role = await self._facts.role(oid, name)
            error = _refused(table, role, change)
            if error is not None:
                refusal = rendering.refusal(change.type, table, error)
                _deliver((one, refusal) for one in self._addressed(self._register.of(oid, name), change))
                continue
            seeing = await self._seeing(table, role, change)
            if not seeing:
                continue
            if rendered is None:
                rendered = await self._rendered(table, change)
            texts: dict[tuple[str, ...] | None, bytes] = {}
            for one in seeing:
                if one.select not in texts:
                    texts[one.select] = rendering.data(change, rendered, table, role.readable, one.select)
            _deliver((one, texts[one.select]) for one in seeing)

    def _addressed(self, group: Iterable[Subscription], change: Change) -> list[Subscription]:
        """Those who want such a change, and whose token is still good."""
        now = self._clock()
        return [one for one in group if one.event in {"*", change.type} and one.identity.expires >= now]

    async def _seeing(self, table: Table, role: Role, change: Change) -> Sequence[Subscription]:
        """Those who want the change and may see it."""
        if change.type == "DELETE" or not table.row_security or role.bypasses:
            addressed = self._addressed(self._register.of(table.oid, role.name), change)
            return await self._passing(table.oid, change, addressed)
        functions = await self._facts.functions()
        candidates = await self._narrowing.candidates(table, role, functions, change)
        addressed = self._addressed(candidates.subscriptions, change)
        passing = await self._passing(table.oid, change, addressed)
        return await self._asked(table, role, change, passing, candidates.alike) if passing else ()

    async def _passing(self, oid: int, change: Change, group: Sequence[Subscription]) -> Sequence[Subscription]:
        """Those whose conditions hold."""
        row = change.old if change.type == "DELETE" else change.new
        open_: dict[Condition, bool] = {}
        passing = [one for one in group if _passes(one, row, open_)]
        if not open_:
            return passing
        broken = await self._ask_conditions(row, open_)
        for one in passing:
            wrong = next((test.condition for test in one.tests if test.condition in broken), None)
            if wrong is not None:
                self._register.drop_one(oid, one)
                column = wrong.term.column
                one.member.system("error", f"The filter on {column} cannot be evaluated ({broken[wrong]})")
        return [one for one in passing if all(open_.get(test.condition, True) for test in one.tests)]

    async def _ask_conditions(
        self, row: Mapping[str, bytes | None], open_: dict[Condition, bool]
    ) -> dict[Condition, str]:
        """Finds out which conditions hold; returns those that raised, with the code of what they did."""
        asked = list(open_)
        questions = [question(condition, _text(condition, row)) for condition in asked]
        try:
            open_.update(zip(asked, await self._catalog.holding(questions), strict=True))
        except _GONE:
            raise
        except psycopg.Error:
            broken: dict[Condition, str] = {}
            for condition, one in zip(asked, questions, strict=True):
                try:
                    (open_[condition],) = await self._catalog.holding([one])
                except _GONE:
                    raise
                except psycopg.Error as wrong:
                    open_[condition] = False
                    broken[condition] = wrong.sqlstate or "XX000"
            return broken
        return {}

    async def _asked(
        self,
        table: Table,
        role: Role,
        change: Change,
        group: Sequence[Subscription],
        alike: Mapping[bytes, Hashable] | None,
    ) -> Sequence[Subscription]:
        """Those of whom PostgreSQL says that they see the row. Who sees the same is asked for once."""
        by_claims: dict[Hashable, list[Subscription]] = {}
        for one in group:
            claims = one.identity.text
            by_claims.setdefault(claims if alike is None else alike[claims], []).append(one)
        asked = [ones[0].identity.text for ones in by_claims.values()]
        answers = await self._asking.sees(table, role.name, _key(table, change), asked)
        seeing: list[Subscription] = []
        for ones, answer in zip(by_claims.values(), answers, strict=True):
            if answer == YES:
                seeing += ones
            elif answer == TIMED_OUT:
                self._end(ones, table)
            elif answer != NO:
                self._warn(ones, table, answer)
        return seeing

    def _end(self, slow: Iterable[Subscription], table: Table) -> None:
        """Ends subscriptions whose policies take too long: with each change all others would wait for them."""
        for one in slow:
            self._register.drop_one(table.oid, one)
            message = f"A policy on {table.schema}.{table.name} took too long: the subscription was ended"
            one.member.system("error", message)

    def _warn(self, harmed: Iterable[Subscription], table: Table, code: str) -> None:
        now = self._clock()
        for one in harmed:
            if now - self._warned.get(one, -_AGAIN_AFTER) >= _AGAIN_AFTER:
                self._warned[one] = now
                one.member.system(
                    "error", f"A policy on {table.schema}.{table.name} raised {code}: the change was not delivered"
                )

    async def _rendered(self, table: Table, change: Change) -> Rendered:
        new, old = dict[str, bytes](), dict[str, bytes]()
        open_: list[tuple[dict[str, bytes], str, bytes]] = []
        for row, out in ((change.new, new), (change.old, old)):
            for name, value in row.items():
                column = table.columns.get(name)
                if value is None:
                    out[name] = b"null"
                elif column is None:  # dropped since, or of another name
                    continue
                elif (encode := encoder(column)) is None:
                    open_.append((out, name, value))
                else:
                    out[name] = _encoded(encode, value)
        if open_:
            await self._convert(table, open_)
        return Rendered(new, old)

    async def _convert(self, table: Table, open_: Sequence[tuple[dict[str, bytes], str, bytes]]) -> None:
        values = [(table.columns[name], value.decode()) for _, name, value in open_]
        try:
            texts: Sequence[str | None] = await self._catalog.converted(values)
        except _GONE:
            raise
        except psycopg.Error:  # the type is another one by now
            texts = [None] * len(open_)
        for (out, name, value), text in zip(open_, texts, strict=True):
            out[name] = string(value) if text is None else text.encode()


def _refused(table: Table, role: Role, change: Change) -> str | None:
    if change.type == "DELETE":
        return None
    if not table.key:
        return rendering.NO_KEY
    if not role.readable.issuperset(table.key):
        return rendering.UNAUTHORIZED
    return None


def _passes(one: Subscription, row: Mapping[str, bytes | None], open_: dict[Condition, bool]) -> bool:
    """Whether the conditions hold that need no asking; the others are added to `open_`."""
    asked: list[Condition] = []
    for test in one.tests:
        column = test.condition.term.column
        if column not in row:
            return False
        if test.holds is None:
            asked.append(test.condition)
        elif not test.holds(row[column]):
            return False
    for condition in asked:
        open_[condition] = False
    return True


def _text(condition: Condition, row: Mapping[str, bytes | None]) -> str | None:
    value = row[condition.term.column]
    if value is None:
        return None
    if condition.column.base == _BYTEA:  # as in Realtime, its hexadecimal digits are compared
        value = value.removeprefix(b"\\x")
    return value.decode("utf-8", "replace")


def _key(table: Table, change: Change) -> list[str]:
    return [(change.new.get(name) or b"").decode("utf-8", "replace") for name in table.key]


def _encoded(encode: Callable[[bytes], bytes], value: bytes) -> bytes:
    try:
        return encode(value)
    except NotAnArray:
        return string(value)


def _deliver(told: Iterable[tuple[Subscription, bytes]]) -> None:
    """Gives each member each text once, with all its bindings that it is for."""
    together: dict[tuple[Member, int], tuple[bytes, list[int]]] = {}
    for one, data in told:
        together.setdefault((one.member, id(data)), (data, []))[1].append(one.binding)
    for (member, _), (data, ids) in together.items():
        member.changed(ids, data)
