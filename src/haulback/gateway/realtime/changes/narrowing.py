"""Subscribers by the values of their claims that policies compare, so that only those are asked for who may see a row.

The answer is PostgreSQL's in any case: this only leaves out those of whom it is known, and asks once for all whose
claims give the same values.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from haulback.gateway.realtime.changes.asking import RAISED, Asking
from haulback.gateway.realtime.changes.policies import Always, Comparison, Form, recognised
from haulback.gateway.realtime.changes.register import Register, Subscription
from haulback.gateway.realtime.changes.rendering import Change
from haulback.gateway.realtime.changes.tables import Policy, Role, Table

Value = str | None  # of an expression under some claims; RAISED where there is none


@dataclass(frozen=True, slots=True)
class Candidates:
    """Those who may see a row.

    Attributes:
        subscriptions: those of whom it is not known that they do not.
        alike: by claims, what those have in common who see the same rows; None where only the claims tell.
    """

    subscriptions: Iterable[Subscription]
    alike: Mapping[bytes, Hashable] | None = None


@dataclass(frozen=True, slots=True)
class _Forms:
    """What the policies of a role say of one table.

    Attributes:
        role: that they are of.
        functions: that were taken to depend on the claims alone.
        lets: comparisons that let rows pass.
        everyone: whether there is a policy that lets all rows pass.
        expressions: that the policies compare.
        whole: whether nothing else decides.
    """

    role: Role
    functions: frozenset[str]
    lets: tuple[Comparison, ...]
    everyone: bool
    expressions: tuple[str, ...]
    whole: bool


@dataclass(slots=True)
class _Index:
    """Subscribers of one table as one role.

    Attributes:
        forms: of the policies; None where a row may pass that no form tells of.
        version: of the register that it was filled from.
        values: of the expressions, by claims.
        matching: subscriptions by the number of a comparison and the value that it needs.
        raised: those for whom an expression raised, who are asked for always.
    """

    forms: _Forms | None
    version: int = -1
    values: dict[bytes, tuple[Value, ...]] = field(default_factory=dict)
    alike: dict[bytes, Hashable] = field(default_factory=dict)
    matching: dict[tuple[int, str], list[Subscription]] = field(default_factory=dict)
    raised: list[Subscription] = field(default_factory=list)


class Narrowing:
    """Knows which subscribers policies leave.

    Args:
        register: who follows which table.
        asking: for the values of claims.
    """

    def __init__(self, register: Register, asking: Asking) -> None:
        self._register = register
        self._asking = asking
        self._indexes: dict[tuple[int, str], tuple[Role, frozenset[str], _Index]] = {}

    async def candidates(self, table: Table, role: Role, functions: frozenset[str], change: Change) -> Candidates:
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
        if index.forms is None:
            return Candidates(everyone)
        version = self._register.version(table.oid)
        if index.version != version:
            await self._fill(index, index.forms, everyone)
            index.version = version
        alike = index.alike if index.forms.whole else None
        lets = index.forms.lets
        if index.forms.everyone or any(one.column not in change.new for one in lets):
            return Candidates(everyone, alike)
        found = dict.fromkeys(index.raised)
        for number, one in enumerate(lets):
            value = change.new[one.column]
            if value is not None:
                found.update(dict.fromkeys(index.matching.get((number, value.decode("utf-8", "replace")), ())))
        return Candidates(found, alike)

    def _index(self, table: Table, role: Role, functions: frozenset[str]) -> _Index:
        place = (table.oid, role.name)
        known = self._indexes.get(place)
        if known is None or known[0] != role or known[1] != functions:
            known = self._indexes[place] = (role, functions, _Index(_forms(table, role, functions)))
        return known[2]

    async def _fill(self, index: _Index, forms: _Forms, everyone: Collection[Subscription]) -> None:
        """Puts every subscriber where its claims belong."""
        present = dict.fromkeys(one.identity.text for one in everyone)
        fresh = [claims for claims in present if claims not in index.values]
        values = {claims: kept for claims, kept in index.values.items() if claims in present}
        columns = [await self._asking.claimed(forms.role.name, one, fresh) for one in forms.expressions if fresh]
        values.update((claims, tuple(column[at] for column in columns)) for at, claims in enumerate(fresh))
        index.values = values
        # Of whom an expression raises nothing is known: whoever else it raises for may be told something else.
        index.alike = {claims: claims if RAISED in found else found for claims, found in values.items()}
        index.matching, index.raised = {}, []
        places = [forms.expressions.index(one.expression) for one in forms.lets]
        for one in everyone:
            found = values[one.identity.text]
            if RAISED in found:
                index.raised.append(one)
                continue
            for number, place in enumerate(places):
                value = found[place]
                if value is not None:
                    index.matching.setdefault((number, value), []).append(one)


def _forms(table: Table, role: Role, functions: frozenset[str]) -> _Forms | None:
    found: list[tuple[Policy, Form | None]] = [
        (policy, recognised(policy, table.columns, functions)) for policy in role.policies
    ]
    if any(policy.permissive and form is None for policy, form in found):
        return None
    lets = tuple(form for policy, form in found if policy.permissive and isinstance(form, Comparison))
    everyone = any(policy.permissive and form == Always(passes=True) for policy, form in found)
    expressions = dict.fromkeys(form.expression for _, form in found if isinstance(form, Comparison))
    return _Forms(role, functions, lets, everyone, tuple(expressions), all(form is not None for _, form in found))
