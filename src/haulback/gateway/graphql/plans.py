"""Plans that were made, found again by all that they depend on: text, operation, types, variables' shape and facts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from haulback.gateway.graphql.document import Document, read
from haulback.gateway.graphql.model import Schema
from haulback.gateway.graphql.planned import Planned
from haulback.gateway.graphql.planning.operation import planned
from haulback.gateway.graphql.refused import NoData
from haulback.gateway.graphql.requested import Requested
from haulback.gateway.graphql.values import Fact, Given, facts_of, shape
from haulback.gateway.pace import Pace
from haulback.model.graphql import GraphQLSettings

# Characters of the texts whose documents are kept: each word of one takes about a kilobyte, and a plan is all that the
# next request wants.
_TEXTS = 256 << 10
_PLANS = 16 << 20  # bytes of the plans that are kept, roughly
_PLAN, _BIND = 2_000, 200  # bytes of a plan beside its SQL, and of one of its values
_LONGEST = 64 << 10  # characters of a text that is worth remembering
_MOST_FACTS = 20  # sets of facts that one shape is looked up by
_MOST_PARTS, _PART = 2_000, 100  # parts of a shape that is worth remembering, and bytes of each

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class _Recent(Generic[Key, Value]):
    """What was used last, as long as it weighs no more than this."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._weight = 0
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: Key, value: Value, weight: int) -> None:
        before = self._kept.pop(key, None)
        self._weight += weight - (before[1] if before else 0)
        self._kept[key] = (value, weight)
        while self._weight > self._most:
            _, (_, freed) = self._kept.popitem(last=False)
            self._weight -= freed

    def clear(self) -> None:
        self._kept.clear()
        self._weight = 0


@dataclass(slots=True)
class Kept:
    """A plan with what was seen of its runs."""

    planned: Planned
    pace: Pace = field(default_factory=Pace)

    @property
    def quick(self) -> bool:
        """Whether it may go by the connection that many share."""
        return not self.planned.writes and not self.planned.calls and (self.pace.quick or not self.planned.statements)


_Facts = tuple[Fact, ...]


class Plans:
    """Those of one reading of the catalogs.

    Args:
        bounds: of what may be asked for.
    """

    def __init__(self, bounds: GraphQLSettings) -> None:
        self._bounds = bounds
        self._documents: _Recent[str, Document | NoData] = _Recent(_TEXTS)
        self._facts: _Recent[Hashable, tuple[_Facts, ...]] = _Recent(_PLANS)
        self._plans: _Recent[Hashable, Kept] = _Recent(_PLANS)

    def clear(self) -> None:
        self._facts.clear()
        self._plans.clear()

    def of(self, asked: Requested, schema: Schema) -> Kept:
        """The plan of a request, made where there is none."""
        text, variables = asked.query, asked.variables
        if text is None:
            return failing("query must be given")
        if not isinstance(variables, dict):
            return failing("variables must be an object")
        try:
            key = (text, asked.operation, schema, shape(variables, self._bounds.depth) if variables else None)
        except NoData as refused:
            return failing(refused.message)
        known = self._facts.get(key) or ()
        for facts in known:
            kept = self._plans.get((key, facts, facts_of(facts, variables) if facts else ()))
            if kept is not None:
                return kept
        return self._made(asked, schema, text, key, known)

    def _made(
        self,
        asked: Requested,
        schema: Schema,
        text: str,
        key: tuple[str, str | None, Schema, Hashable],
        known: tuple[_Facts, ...],
    ) -> Kept:
        document = self._document(text)
        if isinstance(document, NoData):
            return failing(document.message)
        given = Given(asked.variables)
        made = Kept(planned(document, asked.operation, schema, given, self._bounds))
        facts = tuple(given.facts)
        parts = _parts(key[3])
        if len(text) > _LONGEST or parts > _MOST_PARTS or (facts not in known and len(known) >= _MOST_FACTS):
            return made
        least = len(text) + _PLAN + _PART * parts
        weight = least + sum(len(each.sql) + _BIND * len(each.binds) for each in made.planned.statements)
        if facts not in known:
            self._facts.keep(key, (*known, facts), least)
        self._plans.keep((key, facts, tuple(given.facts.values())), made, weight)
        return made

    def _document(self, text: str) -> Document | NoData:
        found = self._documents.get(text)
        if found is None:
            try:
                found = read(text, self._bounds)
            except NoData as refused:
                found = refused
            if len(text) <= _LONGEST:
                self._documents.keep(text, found, len(text) + 1)
        return found


def _parts(shape_: Hashable) -> int:
    """How many parts a shape has, counted no further than one beyond what is remembered."""
    left, count = [shape_], 0
    while left and count <= _MOST_PARTS:
        one = left.pop()
        count += 1
        if isinstance(one, tuple):
            left += one
    return count


def failing(message: str) -> Kept:
    """A plan that comes to nothing but a message."""
    return Kept(Planned(errors=(message,), no_data=True))
