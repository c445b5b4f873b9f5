"""Checks values against the types of the schema, with the texts of pg_graphql where they do not fit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from haulback.gateway.graphql.meanings import ColumnValue
from haulback.gateway.graphql.model import (
    EnumType,
    Input,
    InputType,
    ListOf,
    Named,
    NonNull,
    Ref,
    ScalarType,
    Schema,
    named,
    nullable,
)
from haulback.gateway.graphql.refused import Refused, Unseen
from haulback.gateway.graphql.values import Absent, Given, Kind, Leaf, Leaves, Rows, Value

_STRINGS = frozenset({Kind.STRING})
_NUMBERS = frozenset({Kind.INTEGER, Kind.FLOAT})
# What a scalar may be in JSON; PostgreSQL reads the rest of it.
_KINDS: Mapping[str, frozenset[Kind]] = {
    "String": _STRINGS,
    "Int": frozenset({Kind.INTEGER}),
    "Float": _NUMBERS,
    "Boolean": frozenset({Kind.BOOLEAN}),
    "BigInt": _STRINGS | _NUMBERS,
    "BigFloat": _STRINGS,
    "Date": _STRINGS,
    "Time": _STRINGS,
    "Datetime": _STRINGS,
    "UUID": _STRINGS,
    "JSON": _STRINGS,
    "Cursor": _STRINGS,
    "ID": _STRINGS,
}
_NULL_ONLY = frozenset({Kind.NULL})


@dataclass(frozen=True, slots=True)
class _Among:
    """Whether a value, or each of a list, is one of these."""

    names: frozenset[str]

    def __call__(self, value: Any) -> bool:
        values = value if isinstance(value, list | tuple) else (value,)
        return all(each is None or each in self.names for each in values)


@dataclass(frozen=True, slots=True)
class _Fits:
    """Whether a text, or each of a list, is no longer than this."""

    length: int

    def __call__(self, value: Any) -> bool:
        values = value if isinstance(value, list | tuple) else (value,)
        return all(not isinstance(each, str) or len(each) <= self.length for each in values)


@dataclass(frozen=True, slots=True)
class Coercion:
    """Checks the values of one request."""

    schema: Schema
    given: Given

    def coerced(self, to: Ref, value: Value, longest: int | None = None) -> Value:
        """The value as a type has it: in a list where the type is one.

        Args:
            to: the type.
            value: given.
            longest: characters of a text, where its column has a length.

        Raises:
            Refused: it is none of that type.
        """
        match to:
            case NonNull():
                inner = self.coerced(to.of, value, longest)
                if inner is None or isinstance(inner, Absent):
                    raise Refused("Invalid input for NonNull type")
                return inner
            case ListOf():
                return self._list(to, value, longest)
        return self._named(to, value, longest)

    def _list(self, to: ListOf, value: Value, longest: int | None) -> Value:
        if value is None or isinstance(value, Absent):
            return value
        if isinstance(value, list):
            self.given.look(len(value))
            return [self.coerced(to.of, each, longest) for each in value]
        if isinstance(value, Leaves):
            return self._leaves(to.of, value, longest)
        if isinstance(value, Rows):
            return self._rows(to.of, value)
        return [self.coerced(to.of, value, longest)]

    def _leaves(self, to: Ref, value: Leaves, longest: int | None) -> Value:
        """A list of scalars, looked at all at once."""
        if isinstance(to, NonNull):
            if Kind.NULL in value.kinds:
                raise Refused("Invalid input for NonNull type")
            return self._leaves(to.of, value, longest)
        if isinstance(to, ListOf):
            # Each is a list of one: deeper than PostgreSQL's arrays are told apart here.
            raise Refused("Unexpected array in input value array")
        known = self.schema.type(to.name)
        if isinstance(known, InputType):
            if value.kinds - _NULL_ONLY:
                raise Refused(f"Invalid input for {known.name} type")
            return []
        if value.kinds == _NULL_ONLY:
            return value
        return self._scalar(known, value, value.kinds - _NULL_ONLY, longest)

    def _rows(self, to: Ref, value: Rows) -> Value:
        """A list of objects, looked at column by column."""
        known = self.schema.type(named(to))
        if not isinstance(known, InputType) or isinstance(nullable(to), ListOf):
            raise Refused("Unexpected object in input value array")
        self._check_names(known, value.columns)
        checked: dict[str, Leaves] = {}
        for name, column in value.columns.items():
            field = known.fields[name]
            type_, length = nullable(field.type), _longest(field, None)
            listed = isinstance(type_, ListOf)
            one = self._leaves(type_.of if isinstance(type_, ListOf) else type_, column, length)
            checked[name] = (
                replace(one, listed=listed) if isinstance(one, Leaves) else replace(column, kinds=_NULL_ONLY)
            )
        return Rows(value.path, checked)

    def _check_names(self, known: InputType, names: Iterable[str]) -> None:
        extra = [name for name in names if name not in known.fields]
        if extra:
            raise Unseen(f"Input for type {known.name} contains extra keys {listed(extra)}")

    def _named(self, to: Named, value: Value, longest: int | None) -> Value:
        known = self.schema.type(to.name)
        if isinstance(known, InputType):
            return self._object(known, value, longest)
        if value is None or isinstance(value, Absent):
            return value
        if isinstance(value, Leaf):
            return self._scalar(known, value, frozenset({value.kind}), longest)
        if isinstance(known, ScalarType) and known.name not in _KINDS:
            return value
        raise _invalid(known, to.name, longest)

    def _scalar(
        self, known: object, value: Leaf | Leaves, kinds: frozenset[Kind], longest: int | None
    ) -> Leaf | Leaves:
        match known:
            case EnumType():
                if not (kinds <= _STRINGS and self.given.fact(value, _Among(frozenset(known.values)))):
                    raise Refused(f"Invalid input for {known.name} type")
                labels = {each.name: each.label for each in known.values.values()}
                return replace(value, mapping=labels)
            case ScalarType():
                allowed = _KINDS.get(known.name)
                if allowed is not None and not kinds <= allowed:
                    raise _invalid(known, known.name, longest)
                if known.name == "String" and longest is not None and not self.given.fact(value, _Fits(longest)):
                    raise Refused(f"Invalid input for String type. Maximum character length {longest}")
                return value
        raise Refused("Invalid Type used as input argument")

    def _object(self, known: InputType, value: Value, longest: int | None) -> Value:
        if value is None or isinstance(value, Absent):
            return value
        if not isinstance(value, dict):
            raise Refused(f"Invalid input for {known.name} type")
        self._check_names(known, value)
        self.given.look(len(value))
        checked: dict[str, Value] = {}
        for name, field in known.fields.items():
            if name in value:
                checked[name] = self.coerced(field.type, value[name], _longest(field, longest))
            elif isinstance(field.type, NonNull):
                raise Refused("Invalid input for NonNull type")
        return {name: checked[name] for name in value}


def _longest(field: Input, otherwise: int | None) -> int | None:
    return field.meaning.column.max_length if isinstance(field.meaning, ColumnValue) else otherwise


def listed(names: list[str]) -> str:
    """Names as pg_graphql lists them in its messages."""
    return json.dumps(names, ensure_ascii=False)


def _invalid(known: object, name: str, longest: int | None) -> Refused:
    match known, name:
        case ScalarType(), "String":
            return Refused(f"Invalid input for String({'None' if longest is None else f'Some({longest})'}) type")
        case ScalarType(), "BigFloat":
            return Refused("Invalid input for BigFloat type. String required")
    return Refused(f"Invalid input for {name} type")
