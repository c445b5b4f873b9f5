"""Whether a surface offers what known versions of clients need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from haulback.contract.clients import Called, Client
from haulback.contract.covering import covers
from haulback.contract.wording import difference, named
from haulback.hazards.facts.contract import NEED
from haulback.hazards.names import dotted, parts
from haulback.model.contract import Concerns, Difference, OfferedFunction, OfferedTable, Severity, Surface, Verb
from haulback.modules.engagement_events.events import EVENT_TYPES

_EVENTS = "engagement_events"
_TYPE = "event_type"


def unmet(clients: Iterable[Client], before: Surface | None, after: Surface) -> tuple[Difference, ...]:
    """What clients need and do not get after; what they did not get before either is no news, and only a risk."""
    listed = list(clients)
    known = {one.told for client in listed for one in _Checked(client, before).all()} if before else set()
    return tuple(_judged(one, known) for client in listed for one in _Checked(client, after).all())


def _judged(one: Difference, known: set[str]) -> Difference:
    if one.told not in known:
        return one
    return replace(one, severity=Severity.RISK, told=f"{one.told}, and did not before either")


@dataclass(frozen=True)
class _Checked:
    """One client against one surface."""

    client: Client
    surface: Surface

    def all(self) -> Iterator[Difference]:
        for name, verbs in self.client.tables.items():
            for verb, columns in verbs.items():
                yield from self._table(self._path(name), verb, columns)
        for called in self.client.functions:
            yield from self._function(called)
        if self.client.events:
            yield from self._events()

    def _path(self, name: str) -> tuple[str, ...]:
        found = parts(name)
        return tuple(found) if len(found) > 1 else (*self.surface.schemas[:1], *found)

    def _table(self, path: tuple[str, ...], verb: Verb, columns: tuple[str, ...]) -> Iterator[Difference]:
        table = self.surface.tables.get(dotted(*path))
        allowed = table.may.get(self.client.role, {}).get(verb) if table else None
        if table is None or allowed is None:
            yield self._need(path, f"needs to {verb} {named(path)}")
            return
        for column in columns:
            there = table.columns.get(column)
            written = verb in {Verb.SELECT, Verb.DELETE} or (there is not None and there.written)
            if there is None or not written or not covers(allowed, column):
                yield self._need((*path, column), f"needs to {verb} {named((*path, column))}")
        if verb is Verb.INSERT:
            yield from self._required(path, table, columns)

    def _required(self, path: tuple[str, ...], table: OfferedTable, columns: tuple[str, ...]) -> Iterator[Difference]:
        """Only where it is said which columns the client writes."""
        for name, column in table.columns.items():
            if columns and column.required and name not in columns and not table.fills:
                yield self._need((*path, name), f"inserts into {named(path)} without {name}, which is required")

    def _function(self, called: Called) -> Iterator[Difference]:
        path = self._path(called.name)
        overloads = self.surface.functions.get(dotted(*path), ())
        if not any(self._callable(one, called) for one in overloads):
            arguments = "" if called.arguments is None else ", ".join(sorted(called.arguments))
            yield self._need(path, f"needs to call {named(path)}({arguments})")

    def _callable(self, one: OfferedFunction, called: Called) -> bool:
        if self.client.role not in one.roles:
            return False
        names = {each.name for each in one.arguments}
        required = {each.name for each in one.arguments if each.required}
        return called.arguments is None or required <= called.arguments <= names

    def _events(self) -> Iterator[Difference]:
        """Types of events: as the table bounds them, where it does, else as the registry knows them."""
        path = self._path(_EVENTS)
        yield from self._table(path, Verb.INSERT, ())
        table = self.surface.tables.get(dotted(*path))
        column = table.columns.get(_TYPE) if table else None
        if table is not None and column is None:
            yield self._need((*path, _TYPE), f"needs to insert {named((*path, _TYPE))}")
        known = {one.name for one in EVENT_TYPES}
        for event in self.client.events:
            if column is not None and column.values and event not in column.values:
                yield self._need((*path, _TYPE), f"writes events of the type {event}, which {_TYPE} does not take")
            elif event not in known:
                told = f"{self.client.name} writes events of the type {event}, which the registry does not know"
                yield difference(NEED, Severity.RISK, Concerns.REQUESTS, (*path, _TYPE), told, (self.client.role,))

    def _need(self, path: tuple[str, ...], told: str) -> Difference:
        told = f"{self.client.name} {told}"
        return difference(NEED, Severity.BREAKING, Concerns.REQUESTS, path, told, (self.client.role,))
