"""Subscribers by the values of the claims that policies depend on: only those are asked for who may see a row.

The answer is PostgreSQL's in any case: this only leaves out those of whom it is known, and asks once for all who see
the same.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from haulback.gateway.realtime.changes import forms, sifting
from haulback.gateway.realtime.changes.asking import NOBODY, RAISED, Asking
from haulback.gateway.realtime.changes.facts import Functions
from haulback.gateway.realtime.changes.forms import Form
from haulback.gateway.realtime.changes.matching import Found, Matching, holds_without_claims
from haulback.gateway.realtime.changes.policies import understood
from haulback.gateway.realtime.changes.register import Register, Subscription
from haulback.gateway.realtime.changes.rendering import Change
from haulback.gateway.realtime.changes.sifting import Sieve, Sifting
from haulback.gateway.realtime.changes.tables import Role, Table

Value = str | None  # of an expression under some claims; RAISED where there is none
_FEW = 24  # questions that cost less than finding out which of them need not be asked


@dataclass(frozen=True, slots=True)
class Candidates:
    """Those who may see a row.

    Attributes:
        subscriptions: those of whom it is not known that they do not.
        alike: by claims, what those have in common who see the same rows; None where only the claims tell.
        open: whether, where a question without claims is answered with yes, all of them see the row but `raised`.
        raised: those for whom something raises, so that nothing is known of them.
    """

    subscriptions: Iterable[Subscription]
    alike: Mapping[bytes, Hashable] | None = None
    open: bool = False
    raised: Collection[Subscription] = ()


@dataclass(slots=True)
class _Index:
    """Subscribers of one table as one role.

    Attributes:
        role: whose policies they are.
        functions: that were taken to depend on the claims alone, as they were.
        form: of the policies.
        expressions: of the claims that they depend on, with the places of their values.
        conditions: those of them that nothing is compared with.
        sieve: tells for many claims at once who may see a row; None where nothing would be left out.
        version: of the register that it was filled from.
        values: of the expressions, by claims.
        alike: by claims, what those have in common who see the same rows.
        matching: subscriptions by an expression and its value.
        raised: those for whom an expression raised, who are asked for always.
        nobody: whether no expression has a value without claims that lets anything be seen.
    """

    role: Role
    functions: Functions
    form: Form
    expressions: Mapping[str, int]
    conditions: frozenset[str]
    sieve: Sieve | None
    version: int = -1
    values: dict[bytes, tuple[Value, ...]] = field(default_factory=dict)
    alike: dict[bytes, Hashable] = field(default_factory=dict)
    matching: dict[tuple[str, str], Found] = field(default_factory=dict)
    raised: Found = field(default_factory=dict)
    nobody: bool = False


class Narrowing:
    """Knows which subscribers policies leave.

    Args:
        register: who follows which table.
        asking: for the values of claims.
        sifting: for those policies that cannot be told of without PostgreSQL.
    """

    def __init__(self, register: Register, asking: Asking, sifting_: Sifting) -> None:
        self._register = register
        self._asking = asking
        self._sifting = sifting_
        self._indexes: dict[tuple[int, str], _Index] = {}

    async def candidates(self, table: Table, role: Role, functions: Functions, change: Change) -> Candidates:
        """Those of all who follow a table as a role that may see a changed row.

        Args:
            table: that was changed.
            role: whose policies apply.
            functions: that depend on nothing but the claims.
            change: with the row as it is in the log.

        Raises:
            Lost: the connection that asks is gone.
        """
        everyone = self._register.of(table.oid, role.name)
        index = self._index(table, role, functions)
        version = self._register.version(table.oid)
        if index.version != version:
            await self._fill(index, everyone)
            index.version = version
        alike = index.alike if forms.whole(index.form) else None
        found = Matching(table, change, index.matching).found(index.form)
        subscriptions = everyone if found is None else {**index.raised, **found}
        open_ = index.nobody and holds_without_claims(index.form, change) is not False
        return Candidates(subscriptions, alike, open_ and len(subscriptions) > _FEW, index.raised)

    async def sifted(
        self, table: Table, role: Role, change: Change, candidates: Sequence[Subscription]
    ) -> Sequence[Subscription]:
        """Those of some candidates who may see a row, where finding that out costs less than asking for all."""
        index = self._indexes[table.oid, role.name]
        if index.sieve is None or len(candidates) <= _FEW:
            return candidates
        places = [index.expressions[one] for one in index.sieve.expressions]
        asked: dict[tuple[Value, ...], list[Subscription]] = {}
        passing = []
        for one in candidates:
            values = index.values.get(one.identity.text)
            if values is None or one in index.raised:
                passing.append(one)
            else:
                asked.setdefault(tuple(values[place] for place in places), []).append(one)
        found = await self._sifting.passing(index.sieve, table, change, list(asked)) if asked else frozenset()
        if found is None:
            return candidates
        groups = list(asked.values())
        return [*passing, *(one for number in sorted(found) for one in groups[number])]

    def _index(self, table: Table, role: Role, functions: Functions) -> _Index:
        place = (table.oid, role.name)
        known = self._indexes.get(place)
        if known is None or known.role != role or known.functions != functions:
            known = self._indexes[place] = _made(table, role, functions)
        return known

    async def _fill(self, index: _Index, everyone: Collection[Subscription]) -> None:
        """Puts every subscriber where its claims belong."""
        present = dict.fromkeys(one.identity.text for one in everyone)
        fresh = [claims for claims in present if claims not in index.values]
        values = {claims: kept for claims, kept in index.values.items() if claims in present}
        if fresh:
            asked = [NOBODY, *fresh]
            columns = [await self._asking.claimed(index.role.name, one, asked) for one in index.expressions]
            index.nobody = forms.known_of_nobody(index.form) and all(
                column[0] is None or (column[0] == "false" and one in index.conditions)
                for one, column in zip(index.expressions, columns, strict=True)
            )
            values.update((claims, tuple(column[at] for column in columns)) for at, claims in enumerate(fresh, start=1))
        index.values = values
        # Of whom an expression raises nothing is known: whoever else it raises for may be told something else.
        index.alike = {claims: claims if RAISED in found else found for claims, found in values.items()}
        index.matching, index.raised = {}, {}
        for one in everyone:
            found = values[one.identity.text]
            if RAISED in found:
                index.raised[one] = None
                continue
            for expression, value in zip(index.expressions, found, strict=True):
                if value is not None:
                    index.matching.setdefault((expression, value), {})[one] = None


def _made(table: Table, role: Role, functions: Functions) -> _Index:
    form = understood(role.policies, table.columns, functions.types)
    claims = dict.fromkeys(claim.expression for claim in forms.claims(form))
    pieces = forms.sieve(form) if all(policy.plain for policy in role.policies) else None
    sieve = sifting.sieve_for(table, pieces) if pieces is not None else None
    places = {one: place for place, one in enumerate(claims)}
    return _Index(role, functions, form, places, forms.conditions(form), sieve)
