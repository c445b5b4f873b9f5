"""Functions that are called by name, as fields of Query and Mutation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from haulback.gateway.graphql.catalog import Category, Function, Parameter, SqlType, Table, Volatility
from haulback.gateway.graphql.meanings import Call
from haulback.gateway.graphql.model import Field, Input, Named, NonNull, Ref
from haulback.gateway.graphql.types import arguments, naming
from haulback.gateway.graphql.types.view import View

# Schemas of the platform whose functions are not an application's.
_SYSTEM = frozenset({"graphql", "graphql_public", "auth", "extensions"})
_UNCALLABLE = frozenset({"record", "trigger", "event_trigger"})


def functions(seen: View, volatilities: frozenset[Volatility]) -> Iterable[Field]:
    """Those that a role may call: under one name only, all arguments named, of types that GraphQL can pass."""
    for function in seen.catalog.functions:
        if (
            function.volatility in volatilities
            and function.oid in seen.privileges.functions
            and not function.overloaded
            and function.schema not in _SYSTEM
            and all(parameter.name and _passable(seen, parameter) for parameter in function.parameters)
            and (type_ := seen.type(function.returns)) is not None
            and (field := _field(seen, function, type_)) is not None
        ):
            yield field


def _passable(seen: View, parameter: Parameter) -> bool:
    type_ = seen.type(parameter.type)
    return type_ is not None and (type_.category is Category.OTHER or _listed(seen, type_))


def _listed(seen: View, type_: SqlType) -> bool:
    if type_.category is not Category.ARRAY or type_.element is None:
        return False
    element = seen.type(type_.element)
    return element is not None and element.category is Category.OTHER


def _field(seen: View, function: Function, type_: SqlType) -> Field | None:
    inflect = seen.inflects(function.schema)
    name = naming.function_field(function.name, function.graphql_name, inflect=inflect)
    given = {naming.argument(one.name, inflect=inflect): one for one in function.parameters}
    if not naming.valid(name) or len(given) < len(function.parameters) or not all(map(naming.valid, given)):
        return None
    inputs = {argument: _input(seen, argument, parameter) for argument, parameter in given.items()}
    if type_.category is Category.TABLE:
        found = seen.table_of(type_)
        return None if found is None else _rows(function, *found, name, inputs, given)
    of = _value(seen, function, type_)
    return None if of is None else Field(name, of, Call(function, given), inputs, function.description)


def _value(seen: View, function: Function, type_: SqlType) -> Ref | None:
    """Of what gives one value; enums are not served here."""
    if function.is_set or type_.name in _UNCALLABLE:
        return None
    return seen.value(type_) if type_.category is Category.OTHER or _listed(seen, type_) else None


def _rows(
    function: Function,
    table: Table,
    base: str,
    name: str,
    inputs: Mapping[str, Input],
    given: Mapping[str, Parameter],
) -> Field | None:
    if not function.is_set:
        return Field(name, Named(base), Call(function, given, table), inputs, function.description)
    if arguments.CONNECTION_NAMES & inputs.keys():
        return None
    return Field(
        name,
        Named(f"{base}Connection"),
        Call(function, given, table, many=True),
        {**inputs, **arguments.of_connection(base)},
        function.description,
    )


def _input(seen: View, name: str, parameter: Parameter) -> Input:
    type_ = seen.type(parameter.type)
    of = None if type_ is None else seen.value(type_)
    if of is None:  # what is passable has a value
        raise AssertionError(parameter)
    required = NonNull(of) if not parameter.optional and not isinstance(of, NonNull) else of
    return Input(name, required, parameter, default=parameter.default)
