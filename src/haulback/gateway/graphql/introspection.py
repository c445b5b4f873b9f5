"""Answers `__schema` and `__type` from a role's types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from haulback.gateway.graphql.meanings import TYPENAME, Call, Fixed
from haulback.gateway.graphql.model import (
    EnumType,
    EnumValue,
    Field,
    GraphType,
    Input,
    InputType,
    InterfaceType,
    ListOf,
    Named,
    NonNull,
    ObjectType,
    Ref,
    ScalarType,
    Schema,
    named,
)
from haulback.gateway.graphql.types import meta, naming

# Objects in one answer: what tools ask for takes about 60 a type, a selection that nests types in types any number.
_LEAST, _EACH = 50_000, 150
_USUAL = 8  # fields of an object; one with more counts for several

_KINDS: Mapping[type, str] = {
    ObjectType: "OBJECT",
    InterfaceType: "INTERFACE",
    InputType: "INPUT_OBJECT",
    EnumType: "ENUM",
    ScalarType: "SCALAR",
    ListOf: "LIST",
    NonNull: "NON_NULL",
}
_UNKNOWN = {
    "__Schema": "unknown field in __Schema: {}",
    "__Type": "unknown field on __Type: {}",
    "__Field": "unknown field in __Field {}",
    "__InputValue": "unknown field in __InputValue: {}",
    "__EnumValue": "unknown field in __EnumValue: {}",
    "__Directive": "unknown field {} in __Directive",
}


@dataclass(frozen=True, slots=True)
class Selected:
    """One field that was asked for, with fragments, variables and directives resolved.

    Attributes:
        key: in the answer: the alias or the name.
        arguments: values as JSON has them.
    """

    key: str
    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    selection: tuple[Selected, ...] = ()


Json = object
Answers = Mapping[str, Callable[[Selected], Json]]


class IntrospectionError(ValueError):
    """What was asked for of the types cannot be answered; the text is the contract's."""


def introspected(schema: Schema, asked: Selected, *, whole: bool = False) -> Json:
    """The answer to one field `__schema` or `__type` of Query.

    What is of a schema whose comment does not allow introspection is left out, as if it were not there.

    Args:
        schema: what the role sees.
        asked: the field, with what was selected of it.
        whole: whether nothing is left out; for ourselves, never for a client.

    Raises:
        IntrospectionError: a field is unknown, the type's name is missing, or the answer would be too long.
    """
    answering = _Answering(schema, whole=whole)
    if asked.name == Fixed.SCHEMA:
        return answering.schema(asked)
    name = asked.arguments.get("name")
    if not isinstance(name, str):
        raise IntrospectionError("no name found for __type")
    found = schema.type(name)
    return answering.type(found, asked) if found and answering.shows(Named(name)) else None


class _Answering:
    """One answer, and how much longer it may become.

    `__typename` is what pg_graphql says it is, mostly the name of what is described.
    """

    def __init__(self, schema: Schema, *, whole: bool) -> None:
        self._schema = schema
        self._whole = whole
        self._names = schema.names()
        self._left = _LEAST + _EACH * len(self._names)
        self._told: dict[tuple[Ref, int], tuple[Json, int]] = {}

    def shows(self, ref: Ref) -> bool:
        """Whether a type is of a schema that allows it, or of none."""
        found = self._schema.type(named(ref))
        if isinstance(found, ObjectType | InputType) and found.table:
            return self._allows(found.table.schema)
        if isinstance(found, EnumType) and found.enum:
            return self._allows(found.enum.schema)
        return found is not None

    def _allows(self, schema: str) -> bool:
        return self._whole or self._schema.catalog.schemas[schema].introspection

    def _object(self, what: str, asked: Selected, answers: Answers) -> dict[str, Json]:
        self._spend(1 + len(asked.selection) // _USUAL)
        answer: dict[str, Json] = {}
        for one in asked.selection:
            if (told := answers.get(one.name)) is not None:
                answer[one.key] = told(one)
            else:
                raise IntrospectionError(_UNKNOWN[what].format(one.name))
        return answer

    def _spend(self, objects: int) -> None:
        self._left -= objects
        if self._left < 0:
            raise IntrospectionError("introspection asks for too much")

    def schema(self, asked: Selected) -> Json:
        mutation = self._schema.mutation
        return self._object(
            "__Schema",
            asked,
            {
                TYPENAME: lambda _: "__schema",
                "description": lambda _: meta.SCHEMA_DESCRIPTION,
                "types": lambda one: [self.type(found, one) for found in self._types()],
                "queryType": lambda one: self.type(self._schema.query, one),
                "mutationType": lambda one: self.type(mutation, one) if mutation else None,
                "subscriptionType": lambda _: None,
                "directives": lambda one: [self._directive(*directive, one) for directive in meta.DIRECTIVES],
            },
        )

    def _types(self) -> Iterable[GraphType]:
        for name in self._names:
            if self.shows(Named(name)) and (found := self._schema.type(name)):
                yield found

    def _ref(self, ref: Ref, asked: Selected) -> Json:
        """Worked out once for each place of the selection, and counted as often as it is told."""
        key = ref, id(asked)
        told = self._told.get(key)
        if told is not None:
            self._spend(told[1])
            return told[0]
        left = self._left
        found = self._schema.type(ref.name) if isinstance(ref, Named) else ref
        answer = self.type(found, asked) if found else None
        self._told[key] = answer, left - self._left
        return answer

    def type(self, of: GraphType | ListOf | NonNull, asked: Selected) -> Json:
        below = of.of if isinstance(of, ListOf | NonNull) else None
        return self._object(
            "__Type",
            asked,
            {
                "kind": lambda _: _KINDS[type(of)],
                TYPENAME: lambda _: getattr(of, "name", None),
                "name": lambda _: getattr(of, "name", None),
                "description": lambda _: getattr(of, "description", None),
                "fields": lambda one: self._fields(of, one),
                "interfaces": lambda one: [self._ref(Named(name), one) for name in getattr(of, "interfaces", ())],
                "possibleTypes": lambda one: self._possible(of, one),
                # Empty and not null where there are none: GraphiQL fails on null.
                "enumValues": lambda one: self._enum_values(of, one),
                "inputFields": lambda one: self._inputs(of.fields, one) if isinstance(of, InputType) else None,
                "ofType": lambda one: self._ref(below, one) if below else None,
                "specifiedByURL": lambda _: None,
            },
        )

    def _fields(self, of: object, asked: Selected) -> Json:
        if not isinstance(of, ObjectType | InterfaceType):
            return None
        return [self._field(field, asked) for field in of.fields.values() if self._shows_field(field)]

    def _shows_field(self, field: Field) -> bool:
        if field.meaning is Fixed.SCHEMA or field.meaning is Fixed.TYPE:
            return False
        if isinstance(field.meaning, Call) and not self._allows(field.meaning.function.schema):
            return False
        return self.shows(field.type)

    def _possible(self, of: object, asked: Selected) -> Json:
        if not isinstance(of, InterfaceType):
            return None
        return [
            self.type(found, asked)
            for found in self._types()
            if isinstance(found, ObjectType) and of.name in found.interfaces
        ]

    def _enum_values(self, of: object, asked: Selected) -> Json:
        if not isinstance(of, EnumType):
            return []
        return [self._enum_value(value, asked) for value in of.values.values() if naming.valid(value.name)]

    def _inputs(self, inputs: Mapping[str, Input], asked: Selected) -> Json:
        return [self._input(one, asked) for one in inputs.values() if self.shows(one.type)]

    def _field(self, field: Field, asked: Selected) -> Json:
        return self._object(
            "__Field",
            asked,
            {
                TYPENAME: lambda _: field.name,
                "name": lambda _: field.name,
                "description": lambda _: field.description,
                "args": lambda one: self._inputs(field.arguments, one),
                "type": lambda one: self._ref(field.type, one),
                "isDeprecated": lambda _: field.deprecation is not None,
                "deprecationReason": lambda _: field.deprecation,
            },
        )

    def _input(self, given: Input, asked: Selected) -> Json:
        return self._object(
            "__InputValue",
            asked,
            {
                TYPENAME: lambda _: given.name,
                "name": lambda _: given.name,
                "description": lambda _: given.description,
                "type": lambda one: self._ref(given.type, one),
                "defaultValue": lambda _: given.default,
                **_NEVER_DEPRECATED,
            },
        )

    def _enum_value(self, value: EnumValue, asked: Selected) -> Json:
        return self._object(
            "__EnumValue",
            asked,
            {
                TYPENAME: lambda _: value.name,
                "name": lambda _: value.name,
                "description": lambda _: value.description,
                **_NEVER_DEPRECATED,
            },
        )

    def _directive(self, name: str, description: str, argument: Input, asked: Selected) -> Json:
        return self._object(
            "__Directive",
            asked,
            {
                TYPENAME: lambda _: "__Directive",
                "name": lambda _: name,
                "description": lambda _: description,
                "isRepeatable": lambda _: False,
                "locations": lambda _: list(meta.DIRECTIVE_LOCATIONS),
                "args": lambda one: self._inputs({argument.name: argument}, one),
            },
        )


_NEVER_DEPRECATED: Answers = {"isDeprecated": lambda _: False, "deprecationReason": lambda _: None}
