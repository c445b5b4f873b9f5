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

_MOST = 1000  # plans of one worker, and texts
_LONGEST = 64 << 10  # characters of a text that is worth remembering
_MOST_VALUES = 1000  # of a plan that is
_MOST_FACTS = 200  # variants of one shape; what facts tell is a handful of directions, sizes and lengths

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class _Recent(Generic[Key, Value]):
    """What was used last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        value = self._kept.get(key)
        if value is not None:
            self._kept.move_to_end(key)
        return value

    def keep(self, key: Key, value: Value) -> None:
        self._kept[key] = value
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        self._kept.clear()


@dataclass(slots=True)
class Kept:
    """A plan with what was seen of its runs."""

    planned: Planned
    pace: Pace = field(default_factory=Pace)

    @property
    def quick(self) -> bool:
        """Whether it may go by the connection that many share."""
        return not self.planned.writes and not self.planned.calls and (self.pace.quick or not self.planned.statements)


_Variants = dict[tuple[Fact, ...], dict[tuple[Hashable, ...], Kept]]


class Plans:
    """Those of one reading of the catalogs."""

    def __init__(self, bounds: GraphQLSettings) -> None:
        self._bounds = bounds
        self._documents: _Recent[str, Document | NoData] = _Recent()
        self._plans: _Recent[Hashable, _Variants] = _Recent()

    def clear(self) -> None:
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
        variants = self._plans.get(key)
        if variants is None:
            variants = {}
        for facts, by_answer in variants.items():
            kept = by_answer.get(facts_of(facts, variables)) if facts else by_answer.get(())
            if kept is not None:
                return kept
        return self._made(asked, schema, text, key, variants)

    def _made(self, asked: Requested, schema: Schema, text: str, key: Hashable, variants: _Variants) -> Kept:
        document = self._document(text)
        if isinstance(document, NoData):
            return failing(document.message)
        given = Given(asked.variables)
        made = Kept(planned(document, asked.operation, schema, given, self._bounds))
        values = sum(len(each.binds) for each in made.planned.statements)
        if len(text) <= _LONGEST and values <= _MOST_VALUES and sum(map(len, variants.values())) < _MOST_FACTS:
            variants.setdefault(tuple(given.facts), {})[tuple(given.facts.values())] = made
            self._plans.keep(key, variants)
        return made

    def _document(self, text: str) -> Document | NoData:
        found = self._documents.get(text)
        if found is None:
            try:
                found = read(text, self._bounds)
            except NoData as refused:
                found = refused
            if len(text) <= _LONGEST:
                self._documents.keep(text, found)
        return found


def failing(message: str) -> Kept:
    """A plan that comes to nothing but a message."""
    return Kept(Planned(errors=(message,), no_data=True))
