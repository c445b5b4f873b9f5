"""Functions in the document."""

from __future__ import annotations

from collections.abc import Sequence

from haulback.gateway.rest.openapi.types import Schema, parted, present, typed, typed_in_query
from haulback.gateway.schema.model import Parameter, Routine, Volatility

_ROWS = (
    "application/json",
    "application/vnd.pgrst.object+json;nulls=stripped",
    "application/vnd.pgrst.object+json",
)


def path(routine: Routine, search_path: Sequence[str]) -> Schema:
    """Its methods: only what changes nothing can be called by GET."""
    summary, description = parted(routine.description)
    about: Schema = present(
        {"tags": [f"(rpc) {routine.name.name}"], "summary": summary, "description": description}
    ) | {"produces": list(_ROWS), "responses": {"200": {"description": "OK"}}}
    types = {parameter.name: _plain(parameter.type, search_path) for parameter in routine.parameters}
    body = {"name": "args", "required": True, "in": "body", "schema": _arguments(routine, types)}
    methods = {"post": about | {"parameters": [body, {"$ref": "#/parameters/preferParams"}]}}
    if routine.volatility is not Volatility.VOLATILE:
        given = [_in_query(each, types[each.name]) for each in routine.parameters]
        methods["get"] = about | present({"parameters": given})
    return methods


def _arguments(routine: Routine, types: dict[str, str]) -> Schema:
    return present(
        {
            "description": routine.description,
            "required": [each.name for each in routine.parameters if each.required],
            "properties": {name: typed(name_of_type) for name, name_of_type in types.items()} or None,
            "type": "object",
        }
    )


def _in_query(parameter: Parameter, type_name: str) -> Schema:
    about = {"name": parameter.name, "required": parameter.required, "in": "query"}
    return about | typed_in_query(type_name, many=parameter.variadic)


def _plain(type_name: str, search_path: Sequence[str]) -> str:
    """The type as it is written where its schema is on the search path."""
    for schema in search_path:
        for prefix in (f"{schema}.", '"' + schema.replace('"', '""') + '".'):
            if type_name.startswith(prefix):
                return type_name.removeprefix(prefix)
    return type_name
