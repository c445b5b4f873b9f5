"""PostgreSQL's types in the words of OpenAPI."""

from __future__ import annotations

import math
from typing import Any

import msgspec

Schema = dict[str, Any]

_TYPES = {
    "boolean": "boolean",
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "numeric": "number",
    "real": "number",
    "double precision": "number",
    "json": None,
    "jsonb": None,
}
_FORMATS = {"smallint": "int32", "integer": "int32", "bigint": "int64"}
_ARRAY = "[]"


def swagger_type(name: str) -> str | None:
    """None where any JSON value will do."""
    if name in _TYPES:
        return _TYPES[name]
    return "array" if name.endswith(_ARRAY) else "string"


def swagger_format(name: str) -> str:
    return _FORMATS.get(name, name)


def typed(name: str) -> Schema:
    """The schema of a value in JSON."""
    schema = present({"format": swagger_format(name), "type": swagger_type(name)})
    if schema.get("type") == "array":
        schema["items"] = present({"type": swagger_type(name.removesuffix(_ARRAY))})
    return schema


def typed_in_query(name: str, *, many: bool) -> Schema:
    """The schema of a parameter of a query: an array is written as text there, or given several times."""
    kind = swagger_type(name) or "string"
    if not many:
        return {"format": swagger_format(name), "type": "string" if kind == "array" else kind}
    element = name.removesuffix(_ARRAY)
    items = present({"format": swagger_format(element), "type": swagger_type(element)})
    return {"type": kind, "items": items, "collectionFormat": "multi"}


def default_value(type_name: str, expression: str | None) -> Any:
    """What a column gets by itself, where the expression is a plain constant; else None."""
    if expression is None:
        return None
    if swagger_type(type_name) == "string":
        constant = expression.removesuffix(f"::{type_name}")
        expression = f'"{constant.strip(chr(39)) if constant != expression else expression}"'
    try:
        value = msgspec.json.decode(expression)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
    return None if isinstance(value, float) and not math.isfinite(value) else value


def present(schema: Schema) -> Schema:
    """Without the fields that have nothing to say."""
    return {name: value for name, value in schema.items() if value is not None and value != []}


def parted(comment: str | None) -> tuple[str | None, str | None]:
    """The first line of a comment, and what follows it behind empty lines, if anything does."""
    if comment is None:
        return None, None
    summary, _, description = comment.partition("\n")
    return summary, description.lstrip("\n") or None
