"""The whole of a request: its fields at the top, each on its own."""

from __future__ import annotations

import msgspec
from graphql.language import OperationDefinitionNode, OperationType

from haulback.gateway.graphql.coercion import Coercion
from haulback.gateway.graphql.document import Document
from haulback.gateway.graphql.meanings import TYPENAME, Delete, Fixed, Insert, Update
from haulback.gateway.graphql.model import Field, ObjectType, Schema
from haulback.gateway.graphql.planned import FromRow, Piece, Planned, Ready, Statement, key
from haulback.gateway.graphql.planning.introspection import introspection
from haulback.gateway.graphql.planning.mutations import delete_sql, insert_sql, update_sql
from haulback.gateway.graphql.planning.plain import plain_sql
from haulback.gateway.graphql.planning.planning import Planning
from haulback.gateway.graphql.planning.roots import calls, root_sql
from haulback.gateway.graphql.refused import NoData, Refused, Unseen
from haulback.gateway.graphql.selecting import Asked, Selecting
from haulback.gateway.graphql.values import Given
from haulback.model.graphql import GraphQLSettings

_EMPTY = "Selection set must not be empty"


def planned(document: Document, name: str | None, schema: Schema, given: Given, bounds: GraphQLSettings) -> Planned:
    """The plan of the operation that a request names.

    Args:
        document: parsed.
        name: of the operation; None where there is one only.
        schema: as the role sees it.
        given: variables; the plan holds for those of the same shape and facts.
        bounds: of what may be asked for.
    """
    try:
        operation = document.operation(name)
        selecting = Selecting(document.fragments, given, bounds.fields)
        defaults = {
            each.variable.name.value: each.default_value
            for each in operation.variable_definitions or ()
            if each.default_value is not None
        }
        planning = Planning(schema, bounds, selecting, given, Coercion(schema, given), defaults)
        if operation.operation is OperationType.MUTATION:
            return _mutation(planning, operation)
        return _query(planning, operation)
    except NoData as refused:
        return Planned(errors=(refused.message,), no_data=True)


def _top(planning: Planning, operation: OperationDefinitionNode, type_: ObjectType) -> list[Asked]:
    """The fields at the top; what is wrong here ends the request."""
    try:
        fields = planning.selecting.fields(operation.selection_set.selections, type_.name)
    except Refused as refused:
        raise NoData(refused.message) from None
    if not fields:
        raise NoData(_EMPTY)
    return fields


def _query(planning: Planning, operation: OperationDefinitionNode) -> Planned:
    """All of it as one statement; a field that cannot be planned says why, and the others are answered."""
    root = planning.schema.query
    pieces: list[Piece] = []
    columns: list[str] = []
    errors: list[Refused] = []
    called = False
    for asked in _top(planning, operation, root):
        begun = len(planning.binder.binds)
        try:
            made = _read(planning, root, asked)
            if isinstance(made, Ready):
                pieces.append((key(asked.key), made))
            else:
                columns.append(made)
                pieces.append((key(asked.key), FromRow(0, len(columns) - 1)))
                called = called or calls(root.fields.get(asked.name))
        except Refused as refused:
            # What the field was to be given is taken back with it.
            del planning.binder.binds[begun:]
            errors.append(refused)
    sql = f"SELECT {', '.join(columns)}"
    statements = (Statement(sql.encode(), tuple(planning.binder.binds)),) if columns else ()
    return Planned(
        statements,
        tuple(pieces),
        tuple(each.message for each in errors),
        calls=called,
        unseen=any(isinstance(each, Unseen) for each in errors),
    )


def _mutation(planning: Planning, operation: OperationDefinitionNode) -> Planned:
    """A statement for each field; one that cannot be planned ends them all."""
    root = planning.schema.mutation
    if root is None:
        return Planned(errors=("Unknown type Mutation",), unseen=True)
    pieces: list[Piece] = []
    statements: list[Statement] = []
    fields = _top(planning, operation, root)
    called = False
    try:
        for asked in fields:
            field = _field(root, asked)
            constant = _constant(planning, root, field, asked)
            if constant is not None:
                pieces.append((key(asked.key), constant))
                continue
            planning.binder = type(planning.binder)()
            sql = _change(planning, field, asked)
            pieces.append((key(asked.key), FromRow(len(statements))))
            statements.append(Statement(sql.encode(), tuple(planning.binder.binds)))
            called = called or calls(field)
    except Refused as refused:
        return Planned(errors=(refused.message,), unseen=isinstance(refused, Unseen))
    return Planned(tuple(statements), tuple(pieces), writes=True, calls=called)


def _read(planning: Planning, root: ObjectType, asked: Asked) -> str | Ready:
    """The expression of a field of Query, or its value."""
    if asked.name not in root.fields:
        plain = plain_sql(planning, asked)
        if plain is not None:
            return plain
    field = _field(root, asked)
    return _constant(planning, root, field, asked) or root_sql(planning, field, asked)


def _field(root: ObjectType, asked: Asked) -> Field | None:
    field = root.fields.get(asked.name)
    if field is None and asked.name != TYPENAME:
        raise Unseen(f'Unknown field "{asked.name}" on type {root.name}')
    return field


def _constant(planning: Planning, root: ObjectType, field: Field | None, asked: Asked) -> Ready | None:
    if field is None or field.meaning is Fixed.TYPENAME:
        return Ready(msgspec.json.encode(root.name))
    if field.meaning is Fixed.SCHEMA or field.meaning is Fixed.TYPE:
        return Ready(introspection(planning, root, asked))
    return None


def _change(planning: Planning, field: Field | None, asked: Asked) -> str:
    match field.meaning if field is not None else None:
        case Insert() as meaning if field is not None:
            return insert_sql(planning, field, meaning, asked)
        case Update() as meaning if field is not None:
            return update_sql(planning, field, meaning, asked)
        case Delete() as meaning if field is not None:
            return delete_sql(planning, field, meaning, asked)
    return f"SELECT {root_sql(planning, field, asked)}"
