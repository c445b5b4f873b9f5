"""The types of introspection, and the directives that a request may use.

Source: the GraphQL specification, October 2021, chapters 3.13 and 4; fields and texts as pg_graphql answers them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib.resources import files

from graphql import (
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    StringValueNode,
    TypeNode,
    parse,
    print_ast,
)

from haulback.gateway.graphql.meanings import Argument, Fixed
from haulback.gateway.graphql.model import (
    EnumType,
    EnumValue,
    Field,
    GraphType,
    Input,
    ListOf,
    Named,
    NonNull,
    ObjectType,
    Purpose,
)

SCHEMA_DESCRIPTION = "Represents the GraphQL schema of the database"

# Name, description, argument; all may stand at fields, spreads and inline fragments.
DIRECTIVES = (
    (
        "include",
        "This field or fragment will be included only when the `if` argument is true.",
        Input("if", NonNull(Named("Boolean")), Argument.META, "Included when true"),
    ),
    (
        "skip",
        "This field or fragment will be skipped when the `if` argument is true.",
        Input("if", NonNull(Named("Boolean")), Argument.META, "Skipped when true"),
    ),
)
DIRECTIVE_LOCATIONS = ("FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT")


def builtins() -> Mapping[str, Callable[[], GraphType]]:
    """What makes the types of introspection, by their names."""
    text = files("haulback.gateway.graphql.types").joinpath("meta.graphql").read_text(encoding="utf-8")
    made: dict[str, Callable[[], GraphType]] = {}
    for definition in parse(text, no_location=True).definitions:
        if isinstance(definition, ObjectTypeDefinitionNode):
            made[definition.name.value] = partial(_object, definition)
        elif isinstance(definition, EnumTypeDefinitionNode):
            made[definition.name.value] = partial(_enum, definition)
    return made


def _object(node: ObjectTypeDefinitionNode) -> ObjectType:
    fields = {field.name.value: _field(field) for field in node.fields or ()}
    return ObjectType(node.name.value, fields, Purpose.META, description=_text(node.description))


def _field(node: FieldDefinitionNode) -> Field:
    return Field(
        node.name.value, _type(node.type), Fixed.META, dict(_arguments(node.arguments or ())), _text(node.description)
    )


def _arguments(nodes: Iterable[InputValueDefinitionNode]) -> Iterable[tuple[str, Input]]:
    for node in nodes:
        default = print_ast(node.default_value) if node.default_value else None
        yield node.name.value, Input(node.name.value, _type(node.type), Argument.META, default=default)


def _type(node: TypeNode) -> Named | ListOf | NonNull:
    if isinstance(node, NonNullTypeNode):
        of = _type(node.type)
        return of if isinstance(of, NonNull) else NonNull(of)
    if isinstance(node, ListTypeNode):
        return ListOf(_type(node.type))
    if isinstance(node, NamedTypeNode):
        return Named(node.name.value)
    raise TypeError(node)


def _enum(node: EnumTypeDefinitionNode) -> EnumType:
    values = (EnumValue(one.name.value, one.name.value, _text(one.description)) for one in node.values or ())
    return EnumType(node.name.value, {one.name: one for one in values}, description=_text(node.description))


def _text(node: StringValueNode | None) -> str | None:
    return node.value if node else None
