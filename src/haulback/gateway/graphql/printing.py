"""A role's schema in GraphQL's own language, as a client that introspects it would print it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    IntrospectionQuery,
    OperationDefinitionNode,
    SelectionSetNode,
    build_client_schema,
    get_introspection_query,
    lexicographic_sort_schema,
    parse,
    print_schema,
)

from haulback.gateway.graphql.introspection import Selected, introspected
from haulback.gateway.graphql.model import Schema


def printed(schema: Schema) -> str:
    """The same text for the same schema: types, fields and arguments in alphabetical order.

    All that the role may use is there, whether or not introspection is allowed.
    """
    return print_schema(lexicographic_sort_schema(client_schema(schema)))


def client_schema(schema: Schema) -> GraphQLSchema:
    """What a client makes of the whole answer to the query that tools introspect by.

    Raises:
        TypeError: that answer is no schema, which would be a bug of ours.
    """
    (asked,) = _query()
    answer = {asked.key: introspected(schema, asked, whole=True)}
    return build_client_schema(cast("IntrospectionQuery", answer))


def _query() -> tuple[Selected, ...]:
    document = parse(get_introspection_query(), no_location=True)
    fragments = {
        one.name.value: one.selection_set for one in document.definitions if isinstance(one, FragmentDefinitionNode)
    }
    (operation,) = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    return tuple(_selected(operation.selection_set, fragments))


def _selected(nodes: SelectionSetNode, fragments: Mapping[str, SelectionSetNode]) -> Iterable[Selected]:
    """Of our own query, which has no aliases, and no arguments that count here."""
    for node in nodes.selections:
        if isinstance(node, FieldNode):
            below = _selected(node.selection_set, fragments) if node.selection_set else ()
            yield Selected(node.name.value, node.name.value, selection=tuple(below))
        elif isinstance(node, FragmentSpreadNode):
            yield from _selected(fragments[node.name.value], fragments)
