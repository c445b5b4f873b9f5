"""What changes of the columns of one table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from haulback.contract.covering import covers
from haulback.contract.wording import added, changed, difference, gone, listed, named
from haulback.hazards.names import parts
from haulback.model.contract import ALL, Concerns, Difference, OfferedColumn, OfferedTable, Severity, Verb

_WRITES = (Verb.INSERT, Verb.UPDATE)
# Conversions that no reader and no writer notices in JSON: what was a number is one, and what fitted fits.
_WIDER = {
    "smallint": frozenset({"integer", "bigint"}),
    "integer": frozenset({"bigint"}),
    "real": frozenset({"double precision"}),
    "json": frozenset({"jsonb"}),
}
_TEXTS = ("text", "character varying")


def compared(path: tuple[str, ...], before: OfferedTable, after: OfferedTable) -> Iterator[Difference]:
    """Differences of columns that some role could use."""
    for name, column in before.columns.items():
        now = after.columns.get(name)
        one = _Column((*path, name), column, _using(before, name, Verb.SELECT), _using(before, name, *_WRITES))
        if one.users:
            yield from one.against(now)
        if now is not None and now.required and not column.required:
            yield from _required((*path, name), f"{named((*path, name))} became required", before, after)
    for name, column in after.columns.items():
        if name not in before.columns:
            yield from _added((*path, name), column, before, after)


def _using(table: OfferedTable, column: str, *verbs: Verb) -> tuple[str, ...]:
    """The roles that may do one of these with a column."""
    return tuple(role for role, may in table.may.items() if any(covers(may.get(verb), column) for verb in verbs))


def _required(path: tuple[str, ...], told: str, before: OfferedTable, after: OfferedTable) -> Iterator[Difference]:
    """Whoever inserted anything is hit, also who may not write that column at all."""
    inserting = [role for role, may in before.may.items() if Verb.INSERT in may]
    if not inserting:
        return
    told = f"{told}: inserts that leave it out fail"
    severity = Severity.RISK if after.fills else Severity.BREAKING
    unless = ", unless a trigger fills it" if after.fills else ""
    yield difference("column-required", severity, Concerns.REQUESTS, path, told + unless, inserting)


def _added(
    path: tuple[str, ...], column: OfferedColumn, before: OfferedTable, after: OfferedTable
) -> Iterator[Difference]:
    required = list(
        _required(path, f"{named(path)} is new and has no default", before, after) if column.required else ()
    )
    yield from required or [added("column-added", path, f"{named(path)} is new")]
    hidden = [
        role for role, may in before.may.items() if may.get(Verb.SELECT) == ALL and _misses(after, role, path[-1])
    ]
    if hidden:
        told = f"{named(path)} is new and not granted to {listed(hidden)}: select=* fails for them"
        yield difference("column-hidden", Severity.BREAKING, Concerns.REQUESTS, path, told, hidden)


def _misses(table: OfferedTable, role: str, column: str) -> bool:
    """Whether a role may select from a table, but not this column of it."""
    columns = table.may.get(role, {}).get(Verb.SELECT)
    return columns is not None and not covers(columns, column)


class _Column:
    """A column that was there."""

    def __init__(
        self, path: tuple[str, ...], before: OfferedColumn, readers: tuple[str, ...], writers: tuple[str, ...]
    ) -> None:
        self._path, self._before, self.readers, self.writers = path, before, readers, writers
        self._name = named(path)

    def against(self, after: OfferedColumn | None) -> Iterator[Difference]:
        if after is None:
            yield gone("column-gone", self._path, f"{self._name} is gone", self.users)
            return
        yield from self._type(after)
        yield from self._null(after)
        yield from self._written(after)
        yield from self._values(after)

    @property
    def users(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.readers, *self.writers)))

    def _type(self, after: OfferedColumn) -> Iterator[Difference]:
        was, now = self._before.type, after.type
        if was == now:
            return
        told = f"{self._name} is {now}, and was {was}"
        if is_wider(was, now):
            yield added("column-wider", self._path, told)
        else:
            yield changed("column-type", self._path, told, self.users)

    def _null(self, after: OfferedColumn) -> Iterator[Difference]:
        if after.nullable and not self._before.nullable and self.readers:
            told = f"{self._name} may be null: readers that count on a value break"
            yield changed("column-nullable", self._path, told, self.readers)
        elif self._before.nullable and not after.nullable and not after.required and self.writers:
            told = f"{self._name} may not be null any more: writes of null fail"
            yield difference("column-not-null", Severity.RISK, Concerns.REQUESTS, self._path, told, self.writers)

    def _written(self, after: OfferedColumn) -> Iterator[Difference]:
        if self._before.written and not after.written and self.writers:
            told = f"{self._name} is generated: writes of it fail"
            yield difference("column-generated", Severity.BREAKING, Concerns.REQUESTS, self._path, told, self.writers)

    def _values(self, after: OfferedColumn) -> Iterator[Difference]:
        was, now = self._before.values, after.values
        refused = [one for one in was if one not in now] if now else []
        fresh = [one for one in now if one not in was] if was else []
        if refused and self.writers:
            told = f"{self._name} takes {_quoted(refused)} no more"
            yield self._bound("value-gone", Severity.BREAKING, told, self.writers, refused)
        if now and not was and self.writers:
            told = f"{self._name} takes only {_quoted(now)}"
            yield self._bound("values-bound", Severity.RISK, told, self.writers, now)
        if fresh and self.readers:
            told = f"{self._name} can be {_quoted(fresh)}, which clients may not know"
            yield self._bound("value-added", Severity.RISK, told, self.readers, fresh)

    def _bound(
        self, kind: str, severity: Severity, told: str, roles: tuple[str, ...], values: Sequence[str]
    ) -> Difference:
        concerns = Concerns.RESPONSES if kind == "value-added" else Concerns.REQUESTS
        type_ = parts(self._before.type)[-1]
        return Difference(kind, severity, concerns, self._path, told, roles, (type_, *values))


_SHOWN = 5


def _quoted(values: Sequence[str]) -> str:
    shown = [f"'{one}'" for one in values[:_SHOWN]]
    return listed([*shown, *([f"{len(values) - _SHOWN} more"] if len(values) > _SHOWN else [])])


def is_wider(was: str, now: str) -> bool:
    """Whether every value stays as it was in JSON, and everything that could be written still can be."""
    if now in _WIDER.get(was, ()):
        return True
    name, size = _bound(was)
    wider, bound = _bound(now)
    if not bound:
        return name == wider == "numeric" or (name in _TEXTS and wider in _TEXTS)
    if not size or len(size) != len(bound) or size[1:] != bound[1:] or bound[0] < size[0]:
        return False
    return name == wider and name in {"numeric", "character varying"}


def _bound(type_: str) -> tuple[str, tuple[int, ...]]:
    """`numeric(10,2)` -> numeric, (10, 2)."""
    name, _, numbers = type_.partition("(")
    parts = numbers.rstrip(")").split(",")
    return name, tuple(map(int, parts)) if all(one.isdecimal() for one in parts) else ()
