"""Tells changes to those who follow their tables, may see them and want them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import psycopg

from haulback.gateway.realtime.changes import rendering
from haulback.gateway.realtime.changes.asking import NO, NOBODY, TIMED_OUT, YES, Asker, Asking, Question
from haulback.gateway.realtime.changes.conditions import Condition
from haulback.gateway.realtime.changes.facts import Facts
from haulback.gateway.realtime.changes.holding import ask
from haulback.gateway.realtime.changes.narrowing import Narrowing
from haulback.gateway.realtime.changes.register import Register, Subscription
from haulback.gateway.realtime.changes.rendering import Change, Rendered
from haulback.gateway.realtime.changes.segments import Lost
from haulback.gateway.realtime.changes.sifting import Sifting
from haulback.gateway.realtime.changes.tables import Catalog, Role, Table, gone
from haulback.gateway.realtime.changes.values import NotAnArray, encoder, string
from haulback.gateway.realtime.members import Member

T = TypeVar("T")

_PRIVILEGE = "42501"
_AGAIN_AFTER = 30.0  # seconds after which a member is told again that its policy raises


@dataclass(frozen=True, slots=True)
class _Part:
    """Subscriptions of one role that get the same answer.

    Attributes:
        role: that they are of.
        subscriptions: that want the change.
        refusal: what is told them in place of it.
        question: whose answer says whether they may see the row; None where nothing has to be asked.
    """

    role: Role
    subscriptions: tuple[Subscription, ...]
    refusal: bytes | None = None
    question: tuple[int, str, bytes, int] | None = None


@dataclass(slots=True)
class _Draft:
    oid: int
    table: Table
    change: Change
    parts: list[_Part] = field(default_factory=list)


@dataclass(slots=True)
class _Questions:
    """What is asked of one table for one role: keys of rows, and for each claims the numbers of rows."""

    table: Table
    asker: Asker
    keys: list[list[str]] = field(default_factory=list)
    rows_of: dict[bytes, list[int]] = field(default_factory=dict)

    def row(self, key: list[str]) -> int:
        self.keys.append(key)
        return len(self.keys)


@dataclass(slots=True)
class _Asked:
    by_table: dict[tuple[int, str], _Questions] = field(default_factory=dict)

    def of(self, table: Table, asker: Asker) -> _Questions:
        return self.by_table.setdefault((table.oid, asker.role), _Questions(table, asker))


class Telling:
    """Decides who is told, and tells them.

    Args:
        register: who follows which table.
        facts: of tables and roles.
        catalog: for conditions and values that only PostgreSQL can tell.
        asking: who may see a row.
        sifting: who surely does not.
        failed: told of a change of a table that cannot be told, and why.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        register: Register,
        facts: Facts,
        catalog: Catalog,
        asking: Asking,
        sifting: Sifting,
        failed: Callable[[int, Exception], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._register = register
        self._facts = facts
        self._catalog = catalog
        self._asking = asking
        self._failed = failed
        self._clock = clock
        self._narrowing = Narrowing(register, asking, sifting)
        self._warned: dict[Subscription, float] = {}

    async def tell(self, changes: Sequence[tuple[int, Change]]) -> None:
        """Tells changes in their order, each with its table, whose transactions others see.

        Raises:
            psycopg.OperationalError, Lost: a connection is gone; nobody may have been told, or some.
        """
        # Whoever would be warned again is forgotten: who has left would be kept, with its socket, otherwise.
        now = self._clock()
        self._warned = {one: at for one, at in self._warned.items() if now - at < _AGAIN_AFTER}
        while True:
            asked = _Asked()
            drafts = [await self._guarded(self._draft(oid, change, asked), oid) for oid, change in changes]
            answers = await self._answers(asked)
            # Who was left out, and who shares an answer, was decided by policies that may be others by the time of it.
            if await self._facts.hold(dict.fromkeys(oid for oid, _ in changes)):
                break
        for draft in drafts:
            if draft is not None:
                await self._guarded(self._deliver(draft, answers), draft.oid)

    async def _guarded(self, work: Awaitable[T], oid: int) -> T | None:
        """One change that cannot be told must not end all that follow."""
        try:
            return await work
        except Lost:
            raise
        except Exception as bug:
            if isinstance(bug, psycopg.Error) and gone(bug):
                raise
            self._failed(oid, bug)
            return None

    async def _draft(self, oid: int, change: Change, asked: _Asked) -> _Draft | None:
        """Who wants a change, by role, with what is to be asked for them."""
        table = await self._facts.table(oid)
        if table is None:
            return None
        draft = _Draft(oid, table, change)
        for name in self._register.roles(oid):
            role = await self._facts.role(oid, name)
            error = _refused(table, role, change)
            if error is not None:
                group = self._addressed(self._register.of(oid, name), change)
                draft.parts.append(_Part(role, tuple(group), rendering.refusal(change.type, table, error)))
            elif change.type == "DELETE" or not table.row_security or role.bypasses:
                addressed = self._addressed(self._register.of(oid, name), change)
                draft.parts.append(_Part(role, tuple(self._passing(oid, role, change, addressed))))
            else:
                await self._draft_asked(draft, role, asked)
        return draft

    async def _draft_asked(self, draft: _Draft, role: Role, asked: _Asked) -> None:
        table, change = draft.table, draft.change
        functions = await self._facts.functions()
        asker = functions.asker(role)
        candidates = await self._narrowing.candidates(table, role, functions, change)
        addressed = self._addressed(candidates.subscriptions, change)
        passing = self._passing(draft.oid, role, change, addressed)
        key = rendering.key(change, table)
        if candidates.open and passing and await self._is_open(table, asker, key):
            draft.parts.append(_Part(role, tuple(one for one in passing if one not in candidates.raised)))
            passing = [one for one in passing if one in candidates.raised]
        by_claims: dict[Hashable, list[Subscription]] = {}
        for one in await self._narrowing.sifted(table, role, change, passing):
            claims = one.identity.text
            by_claims.setdefault(claims if candidates.alike is None else candidates.alike[claims], []).append(one)
        if not by_claims:
            return
        questions = asked.of(table, asker)
        row = questions.row(key)
        for ones in by_claims.values():
            # Who sees the same is asked for once.
            claims = ones[0].identity.text
            questions.rows_of.setdefault(claims, []).append(row)
            draft.parts.append(_Part(role, tuple(ones), question=(draft.oid, role.name, claims, row)))

    async def _is_open(self, table: Table, asker: Asker, key: list[str]) -> bool:
        """Whether a role sees a row whatever its claims are, since it does without any."""
        ((answer,),) = await self._asking.sees(table, asker, [key], [Question(NOBODY, (1,))])
        return answer == YES

    async def _answers(self, asked: _Asked) -> dict[tuple[int, str, bytes, int], str]:
        answers: dict[tuple[int, str, bytes, int], str] = {}
        for (oid, name), one in asked.by_table.items():
            questions = [Question(claims, rows) for claims, rows in one.rows_of.items()]
            said = await self._asking.sees(one.table, one.asker, one.keys, questions)
            for asker, of_rows in zip(questions, said, strict=True):
                for row, answer in zip(asker.rows, of_rows, strict=True):
                    answers[oid, name, asker.claims, row] = answer
        return answers

    async def _deliver(self, draft: _Draft, answers: Mapping[tuple[int, str, bytes, int], str]) -> None:
        rendered: Rendered | None = None
        texts: dict[tuple[str, tuple[str, ...] | None], bytes] = {}
        told: list[tuple[Subscription, bytes]] = []
        allowed: list[_Part] = []
        for part in draft.parts:
            if part.refusal is not None:
                told += [(one, part.refusal) for one in part.subscriptions]
            elif part.question is None or self._allowed(part, draft.table, answers[part.question]):
                allowed.append(part)
        held = await self._holding(draft, [one for part in allowed for one in part.subscriptions])
        for part in allowed:
            for one in part.subscriptions:
                if one not in held:
                    continue
                if rendered is None:
                    rendered = await self._rendered(draft.table, draft.change)
                place = (part.role.name, one.select)
                if place not in texts:
                    readable = part.role.readable
                    texts[place] = rendering.data(draft.change, rendered, draft.table, readable, one.select)
                told.append((one, texts[place]))
        now = self._clock()
        _give((one, data) for one, data in told if one in self._register and one.identity.expires >= now)

    def _allowed(self, part: _Part, table: Table, answer: str) -> bool:
        if answer == TIMED_OUT:
            self._end(part.subscriptions, table)
        elif answer not in {YES, NO}:
            self._warn(part.subscriptions, table, answer)
        return answer == YES

    def _addressed(self, group: Iterable[Subscription], change: Change) -> list[Subscription]:
        """Those who want such a change, and whose token is still good."""
        now = self._clock()
        return [one for one in group if one.event in {"*", change.type} and one.identity.expires >= now]

    def _passing(self, oid: int, role: Role, change: Change, group: Sequence[Subscription]) -> Sequence[Subscription]:
        """Those whose conditions hold, as far as that can be told without asking."""
        row = _judged(change)
        return [one for one in self._entitled(oid, role, group) if _passes(one, row)]

    async def _holding(self, draft: _Draft, group: Sequence[Subscription]) -> Collection[Subscription]:
        """Those whose conditions hold, of those who see the row.

        Nobody else's are asked: whether one raises, or never ends, tells what is in the row.
        """
        group = [one for one in group if one in self._register]  # a change before this one may have ended some
        open_ = {test.condition: False for one in group for test in one.tests if test.holds is None}
        if not open_:
            return frozenset(group)
        wanted: dict[Condition, set[Member]] = {condition: set() for condition in open_}
        for one in group:
            for test in one.tests:
                if test.holds is None:
                    wanted[test.condition].add(one.member)
        broken = await ask(self._catalog, _judged(draft.change), open_, wanted)
        for one in group:
            wrong = next((test.condition for test in one.tests if test.condition in broken), None)
            if wrong is not None:
                self._register.drop_one(draft.oid, one)
                column = wrong.term.column
                one.member.system("error", f"The filter on {column} cannot be evaluated ({broken[wrong]})")
        return frozenset(one for one in group if all(open_.get(test.condition, True) for test in one.tests))

    def _entitled(self, oid: int, role: Role, group: Iterable[Subscription]) -> list[Subscription]:
        """Those who may still read what their conditions are on: what a filter holds for tells what is there."""
        entitled: list[Subscription] = []
        for one in group:
            columns = (test.condition.term.column for test in one.tests)
            hidden = next((column for column in columns if column not in role.readable), None)
            if hidden is None:
                entitled.append(one)
            else:
                self._register.drop_one(oid, one)
                one.member.system("error", f"The filter on {hidden} cannot be evaluated ({_PRIVILEGE})")
        return entitled

    def _end(self, slow: Iterable[Subscription], table: Table) -> None:
        """Ends subscriptions whose policies take too long: with each change all others would wait for them."""
        for one in slow:
            self._register.drop_one(table.oid, one)
            message = f"A policy on {table.schema}.{table.name} took too long: the subscription was ended"
            one.member.system("error", message)

    def _warn(self, harmed: Iterable[Subscription], table: Table, code: str) -> None:
        now = self._clock()
        for one in harmed:
            if one not in self._warned:
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
        except psycopg.Error as trouble:  # the type is another one by now
            if gone(trouble):
                raise
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


def _judged(change: Change) -> Mapping[str, bytes | None]:
    """The row that conditions are about."""
    return change.old if change.type == "DELETE" else change.new


def _passes(one: Subscription, row: Mapping[str, bytes | None]) -> bool:
    """Whether the conditions hold that need no asking, and the others can be asked."""
    for test in one.tests:
        column = test.condition.term.column
        if column not in row or (test.holds is not None and not test.holds(row[column])):
            return False
    return True


def _encoded(encode: Callable[[bytes], bytes], value: bytes) -> bytes:
    try:
        return encode(value)
    except NotAnArray:
        return string(value)


def _give(told: Iterable[tuple[Subscription, bytes]]) -> None:
    """Gives each member each text once, with all its bindings that it is for."""
    together: dict[tuple[Member, int], tuple[bytes, list[int]]] = {}
    for one, data in told:
        together.setdefault((one.member, id(data)), (data, []))[1].append(one.binding)
    for (member, _), (data, ids) in together.items():
        member.changed(ids, data)
