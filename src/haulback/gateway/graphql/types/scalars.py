"""The scalars, the types of PostgreSQL that they stand for, and the filters of their values.

Source: pg_graphql's docs/api.md and its introspection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from haulback.gateway.graphql.meanings import Operator
from haulback.gateway.graphql.model import (
    EnumType,
    EnumValue,
    GraphType,
    Input,
    InputType,
    ListOf,
    Named,
    NonNull,
    Purpose,
    ScalarType,
)

_SCALARS = {
    "ID": "A globally unique identifier for a given record",
    "Int": "A scalar integer up to 32 bits",
    "Float": "A scalar floating point value up to 32 bits",
    "String": "A string",
    "Boolean": "A value that is true or false",
    "Date": "A date without time information",
    "Time": "A time without date information",
    "Datetime": "A date and time",
    "BigInt": "An arbitrary size integer represented as a string",
    "UUID": "A universally unique identifier",
    "JSON": "A Javascript Object Notation value serialized as a string",
    "Cursor": "An opaque string using for tracking a position in results during pagination",
    "BigFloat": "A high precision floating point value represented as a string",
    "Opaque": "Any type not handled by the type system",
}

OPAQUE = "Opaque"
_BY_OID = {
    16: "Boolean",
    18: "String",  # "char"
    20: "BigInt",
    21: "Int",
    23: "Int",
    25: "String",
    114: "JSON",
    700: "Float",
    701: "Float",
    1042: "String",  # bpchar
    1043: "String",  # varchar
    1082: "Date",
    1083: "Time",
    1114: "Datetime",
    1184: "Datetime",
    1700: "BigFloat",
    2950: "UUID",
    3802: "JSON",
}
# Types of extensions have no oids that one may know.
_BY_NAME = {"citext": "String"}

_ORDERED = (
    Operator.EQ,
    Operator.NEQ,
    Operator.LT,
    Operator.LTE,
    Operator.GT,
    Operator.GTE,
    Operator.IN,
    Operator.IS,
)
_MATCHED = (Operator.STARTS_WITH, Operator.LIKE, Operator.ILIKE, Operator.REGEX, Operator.IREGEX)
_OPERATORS = {
    "ID": (Operator.EQ,),
    "Int": _ORDERED,
    "Float": _ORDERED,
    "String": (*_ORDERED, *_MATCHED),
    "Boolean": (Operator.EQ, Operator.IS),
    "Date": _ORDERED,
    "Time": _ORDERED,
    "Datetime": _ORDERED,
    "BigInt": _ORDERED,
    "UUID": (Operator.EQ, Operator.NEQ, Operator.IN, Operator.IS),
    "BigFloat": _ORDERED,
    OPAQUE: (Operator.EQ, Operator.IS),
}
_OF_ENUMS = (Operator.EQ, Operator.NEQ, Operator.IN, Operator.IS)
_OF_LISTS = (Operator.CONTAINS, Operator.CONTAINED_BY, Operator.EQ, Operator.OVERLAPS, Operator.IS)
LISTED = frozenset(_OPERATORS) - {"ID", OPAQUE}

_FILTER_IS = "FilterIs"
ORDER = "OrderByDirection"
_DIRECTIONS = {
    "AscNullsFirst": "Ascending order, nulls first",
    "AscNullsLast": "Ascending order, nulls last",
    "DescNullsFirst": "Descending order, nulls first",
    "DescNullsLast": "Descending order, nulls last",
}


def scalar(oid: int, name: str) -> str:
    """The scalar that values of a type of PostgreSQL are."""
    return _BY_OID.get(oid) or _BY_NAME.get(name, OPAQUE)


def filter_name(of: str) -> str:
    """The filter of values of a scalar or enum."""
    return f"{of}Filter"


def list_filter_name(of: str) -> str:
    """The filter of lists of a scalar."""
    return f"{of}ListFilter"


def enum_filter(of: str) -> InputType:
    return _filter(of, _OF_ENUMS)


def _scalar_filter(of: str) -> InputType:
    return _filter(of, _OPERATORS[of])


def _list_filter(of: str) -> InputType:
    return _filter(of, _OF_LISTS, listed=True)


def _filter(of: str, operators: tuple[Operator, ...], *, listed: bool = False) -> InputType:
    entity = f"{of}List" if listed else of
    return InputType(
        name=filter_name(entity),
        fields={one.value: _compared(one, of, listed=listed) for one in sorted(operators)},
        purpose=Purpose.VALUE_FILTER,
        description=f'Boolean expression comparing fields on type "{entity}"',
    )


def _compared(operator: Operator, of: str, *, listed: bool) -> Input:
    if operator is Operator.IS:
        return Input(operator.value, Named(_FILTER_IS), operator)
    if listed or operator is Operator.IN:
        return Input(operator.value, ListOf(NonNull(Named(of))), operator)
    return Input(operator.value, Named(of), operator)


def _values(described: Mapping[str, str] | Mapping[str, None]) -> dict[str, EnumValue]:
    return {name: EnumValue(name, name, description) for name, description in described.items()}


def builtins() -> Mapping[str, Callable[[], GraphType]]:
    """What makes the types that every schema has, by their names."""
    made: dict[str, Callable[[], GraphType]] = {
        _FILTER_IS: partial(EnumType, _FILTER_IS, _values({"NULL": None, "NOT_NULL": None})),
        ORDER: partial(EnumType, ORDER, _values(_DIRECTIONS), description="Defines a per-field sorting order"),
    }
    made |= {name: partial(ScalarType, name, description) for name, description in _SCALARS.items()}
    made |= {filter_name(name): partial(_scalar_filter, name) for name in _OPERATORS}
    made |= {list_filter_name(name): partial(_list_filter, name) for name in LISTED}
    return made
