"""The expression that makes a body of rows, an aggregate over `_postgrest_t`."""

from __future__ import annotations

from haulback.gateway.rest.media import Builtin, Explain, Handler
from haulback.gateway.rest.sql import names
from haulback.gateway.schema.model import MediaHandler, Returned

_ROW = "_postgrest_t"
_SCALAR = "_postgrest_t.pgrst_scalar"
_GEOJSON = (
    "json_build_object('type', 'FeatureCollection', 'features', "
    "coalesce(json_agg(ST_AsGeoJSON(_postgrest_t)::json), '[]'))"
)
NO_BODY = "''"
# What the statement itself set for the answer, the columns behind the body.
CHOSEN = (
    "nullif(current_setting('response.headers', true), '') AS response_headers, "
    "nullif(current_setting('response.status', true), '') AS response_status"
)


def reads_source(handler: Handler) -> bool:
    """Whether the expression takes the names of the columns from the source of the rows."""
    return handler is Builtin.CSV


def body_sql(handler: Handler, returns: Returned | None = None, source: str = "pgrst_source") -> str:
    """The expression for a handler; `returns` where the rows are those of a function."""
    if isinstance(handler, MediaHandler):
        return f"{names.qualified(handler.function)}({_argument(handler, returns)})"
    match handler:
        case Builtin.NONE:
            return NO_BODY
        case Builtin.GEOJSON:
            return _GEOJSON
        case Builtin.CSV:
            return _csv(source)
        case Builtin.OBJECT | Builtin.OBJECT_STRIPPED:
            one = returns is None or not returns.is_scalar
            return _json(_ROW if one else _SCALAR, single=True, stripped=handler is Builtin.OBJECT_STRIPPED)
        case Builtin.JSON | Builtin.ARRAY_STRIPPED:
            scalars = returns is not None and not returns.is_composite
            single = returns is not None and not returns.is_set
            return _json(_SCALAR if scalars else _ROW, single=single, stripped=handler is Builtin.ARRAY_STRIPPED)


def explained(how: Explain | None, sql: str) -> str:
    """The statement, or what PostgreSQL says that it would do for it."""
    if how is None:
        return sql
    options = ", ".join([f"FORMAT {'JSON' if how.is_json else 'TEXT'}", *[option.upper() for option in how.options]])
    return f"EXPLAIN ({options}) {sql}"


def _argument(handler: MediaHandler, returns: Returned | None) -> str:
    if returns is not None and returns.is_scalar:
        return _SCALAR
    return _ROW if handler.target is None else f"{_ROW}::{names.qualified(handler.target)}"


def _json(rows: str, *, single: bool, stripped: bool) -> str:
    text = f"json_agg({rows})->0" if single else f"json_agg({rows})"
    text = f"json_strip_nulls({text})" if stripped else text
    return f"coalesce({text}, '{'null' if single else '[]'}')"


def _csv(source: str) -> str:
    """Lines of a row's own text form, below the keys of the first one; no rows make an empty line."""
    return (
        "(SELECT coalesce(string_agg(key, ','), '') FROM "
        f"(SELECT row_to_json(line) AS line FROM {source} AS line LIMIT 1) AS first, "
        "json_object_keys(first.line) AS key)"
        " || E'\\n' || "
        f"coalesce(string_agg(substr({_ROW}::text, 2, length({_ROW}::text) - 2), E'\\n'), '')"
    )
