"""Tables in the document: what their rows are, what they can be asked, and by which methods."""

from __future__ import annotations

from collections.abc import Iterable

from haulback.gateway.rest.openapi.types import Schema, default_value, parted, present, typed
from haulback.gateway.schema.model import Cardinality, Column, Relationship, Table

_PAGING = ("select", "order", "range", "rangeUnit", "offset", "limit", "preferCount")


def definition(table: Table, relationships: Iterable[Relationship]) -> Schema:
    """The schema of a row."""
    # A table before the views that stand for it.
    referring = sorted((one for one in relationships if _refers(one)), key=lambda one: one.foreign_is_view)
    references = {one.columns[0][0]: one for one in reversed(referring)}
    return present(
        {
            "description": table.description,
            "required": [column.name for column in table.columns.values() if not column.nullable],
            "properties": {
                column.name: _property(column, references.get(column.name), is_key=column.name in table.primary_key)
                for column in table.columns.values()
            }
            or None,
            "type": "object",
        }
    )


def parameters(table: Table) -> Schema:
    """The body of a write, and a filter for each column, by the names that paths refer to."""
    name = table.name.name
    body = {
        "name": name,
        "description": name,
        "required": False,
        "in": "body",
        "schema": {"$ref": f"#/definitions/{name}"},
    }
    return {f"body.{name}": body} | {
        _filter(table, column): present(
            {
                "name": column.name,
                "description": column.description,
                "required": False,
                "in": "query",
                "type": "string",
            }
        )
        for column in table.columns.values()
    }


def path(table: Table) -> Schema:
    """Its methods: all of them where any write can be done."""
    name = table.name.name
    summary, description = parted(table.description)
    about = present({"tags": [name], "summary": summary, "description": description})
    filters = [_filter(table, column) for column in table.columns.values()]
    rows = {"type": "array", "items": {"$ref": f"#/definitions/{name}"}}
    found = {"200": {"description": "OK", "schema": rows}, "206": {"description": "Partial Content"}}
    methods = {"get": _operation(about, (*filters, *_PAGING), found)}
    if table.insertable or table.updatable or table.deletable:
        gone = {"204": {"description": "No Content"}}
        made = {"201": {"description": "Created"}}
        methods["post"] = _operation(about, (f"body.{name}", "select", "preferPost"), made)
        methods["delete"] = _operation(about, (*filters, "preferReturn"), gone)
        methods["patch"] = _operation(about, (*filters, f"body.{name}", "preferReturn"), gone)
    return methods


def _operation(about: Schema, parameters: Iterable[str], responses: Schema) -> Schema:
    references = [{"$ref": f"#/parameters/{name}"} for name in parameters]
    return about | {"parameters": references, "responses": responses}


def _filter(table: Table, column: Column) -> str:
    return f"rowFilter.{table.name.name}.{column.name}"


def _refers(one: Relationship) -> bool:
    """Whether it is a foreign key of one column of this table."""
    is_own = one.cardinality is Cardinality.MANY_TO_ONE or (
        one.cardinality is Cardinality.ONE_TO_ONE and not one.is_parent
    )
    return is_own and len(one.columns) == 1


def _property(column: Column, reference: Relationship | None, *, is_key: bool) -> Schema:
    return typed(column.type) | present(
        {
            "default": default_value(column.type, column.default),
            "description": _description(column, reference, is_key=is_key),
            "enum": list(column.enum),
            "maxLength": column.max_length,
        }
    )


def _description(column: Column, reference: Relationship | None, *, is_key: bool) -> str | None:
    notes = ["This is a Primary Key.<pk/>"] if is_key else []
    if reference is not None:
        table, other = reference.foreign_table.name, reference.columns[0][1]
        notes.append(f"This is a Foreign Key to `{table}.{other}`.<fk table='{table}' column='{other}'/>")
    if not notes:
        return column.description
    before = "" if column.description is None else f"{column.description}\n\n"
    return before + "\n".join(["Note:", *notes])
