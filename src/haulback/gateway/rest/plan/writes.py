"""What a request writes: rows into a table, changes to some of its rows, or none of them left. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from haulback.gateway.answer import Refusal
from haulback.gateway.preferences import Preferences
from haulback.gateway.rest.plan.node import Condition
from haulback.gateway.rest.plan.read import conditions_of
from haulback.gateway.rest.plan.tables import column
from haulback.gateway.rest.planned import RequestShape
from haulback.gateway.rest.query.tree import Compare, Query
from haulback.gateway.schema.model import Column, Name, SchemaCache, Table

_PLAIN_TYPE = re.compile(
    r"text|uuid|jsonb?|boolean|smallint|integer|bigint|real|double precision|bytea|inet|cidr|date|interval"
    r"|(?:time|timestamp) with(?:out)? time zone|(?:numeric|character varying|character)(?:\([0-9,]+\))?"
)


@dataclass(frozen=True, slots=True)
class Written:
    """A column that is written.

    Attributes:
        type: that its value is read as from the payload.
        transform: the function that makes the column's value of that, of a domain with a representation.
        default: what stands where the payload has no such key, if anything may.
    """

    name: str
    type: str
    transform: str | None = None
    default: str | None = None

    @property
    def is_json(self) -> bool:
        return self.type in {"json", "jsonb"}


@dataclass(frozen=True, slots=True)
class Values:
    """The rows of the payload.

    Attributes:
        is_object: whether the payload is one object.
        may_lack: whether a key that is not there means the column's default.
        by_field: whether they come one by one rather than as the payload.
    """

    columns: tuple[Written, ...]
    is_object: bool
    may_lack: bool = False
    by_field: bool = False


@dataclass(frozen=True, slots=True)
class Insert:
    """New rows.

    Attributes:
        conflict: columns that decide whether a row is there already; none where that is an error.
        merges: whether it is then changed, rather than left alone.
        conditions: that rows of the payload must meet (PUT).
        location: columns of the primary key that the new row is found by, where that is asked for.
        chooses: whether something that runs with it may set what the answer says.
        is_ruled: whether a rule says what it does.
    """

    table: Name
    values: Values
    conflict: tuple[str, ...] = ()
    merges: bool = False
    conditions: tuple[Condition, ...] = ()
    returning: tuple[str, ...] = ()
    location: tuple[str, ...] = ()
    chooses: bool = True
    is_ruled: bool = False

    @property
    def by_field(self) -> bool:
        """Whether the row is made of the fields of the body."""
        return self.values.by_field and not self.conditions and not self.merges

    def whole(self) -> Insert:
        """The same, of the body as it is."""
        return replace(self, values=replace(self.values, by_field=False))


@dataclass(frozen=True, slots=True)
class Update:
    """Rows changed."""

    table: Name
    values: Values
    conditions: tuple[Condition, ...] = ()
    returning: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """Rows removed."""

    table: Name
    conditions: tuple[Condition, ...] = ()
    returning: tuple[str, ...] = ()


Write = Insert | Update | Delete


def write_plan(
    shape: RequestShape, query: Query, asked: Preferences, table: Table, cache: SchemaCache, returning: tuple[str, ...]
) -> Write:
    """What POST, PATCH, PUT or DELETE of a table writes; `returning` is what is read of it afterwards.

    Raises: Refusal PGRST105, 204.
    """
    match shape.method:
        case "POST":
            return _insert(shape, query, asked, table, cache, returning)
        case "PUT":
            return _put(shape, query, table, cache, returning)
        case "PATCH":
            values = _values(shape, query, asked, table, cache)
            return Update(table.name, values, conditions_of(query, table.name, cache), returning)
        case _:
            return Delete(table.name, conditions_of(query, table.name, cache), returning)


def _insert(
    shape: RequestShape, query: Query, asked: Preferences, table: Table, cache: SchemaCache, returning: tuple[str, ...]
) -> Insert:
    conflict: tuple[str, ...] = ()
    if asked.resolution is not None:
        conflict = table.primary_key if query.on_conflict is None else query.on_conflict
    return Insert(
        table.name,
        _values(shape, query, asked, table, cache),
        conflict=conflict,
        merges=asked.resolution == "merge-duplicates",
        returning=returning,
        location=_location(table, returning) if asked.returned == "headers-only" else (),
        chooses=cache.chooses_answers,
        is_ruled=table.is_ruled,
    )


def _put(shape: RequestShape, query: Query, table: Table, cache: SchemaCache, returning: tuple[str, ...]) -> Insert:
    key = frozenset(table.primary_key)
    equal = (
        isinstance(one.test, Compare) and one.test.op == "eq" and one.test.quantifier is None and not one.negated
        for path, one in query.filters
        if not path
    )
    if query.logic or not key or query.filter_fields != key or not all(equal):
        raise Refusal(405, "PGRST105", "Filters must include all and only primary key columns with 'eq' operators")
    return Insert(
        table.name,
        _values(shape, query, Preferences(), table, cache),
        conflict=table.primary_key,
        merges=True,
        conditions=conditions_of(query, table.name, cache),
        returning=returning,
    )


def _values(shape: RequestShape, query: Query, asked: Preferences, table: Table, cache: SchemaCache) -> Values:
    keys = shape.body_keys
    named = keys is None
    if keys is None:
        keys = tuple(sorted(set(query.columns or ())))
    # Only where `columns=` names them can a key be missing: else they are those that every object has.
    may_lack = named and asked.missing == "default"
    known = [column(table, key) for key in keys]
    written = tuple([_written(one, cache) for one in known])
    as_text = all(one.transform is None for one in written) and all(map(_read_from_text, known))
    by_field = shape.body_has_fields and bool(known) and as_text
    return Values(written, shape.body_is_object, may_lack, by_field)


def _written(known: Column, cache: SchemaCache) -> Written:
    transform = cache.representations.get(("json", known.nominal_type))
    return Written(known.name, "json" if transform else known.nominal_type, transform, known.default)


def _read_from_text(known: Column) -> bool:
    """Whether PostgreSQL's json functions make a value of this type by giving its text to the type's input function.

    They do for every type but arrays, composites and domains. A modifier must not matter to that function.
    """
    if known.enum:
        return known.type == known.nominal_type
    return _PLAIN_TYPE.fullmatch(known.nominal_type) is not None


def _location(table: Table, returning: tuple[str, ...]) -> tuple[str, ...]:
    """The primary key in the order of the columns that come back."""
    order = table.columns if returning == ("*",) else returning
    return tuple([name for name in order if name in table.primary_key])
