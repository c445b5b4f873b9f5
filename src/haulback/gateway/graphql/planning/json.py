"""Expressions that build JSON in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from haulback.gateway.graphql.catalog import SqlType
from haulback.gateway.quoting import literal

# A key in the answer, and the expression of its value.
Pair = tuple[str, str]

_MOST = 50  # pairs of one call: a function takes a hundred arguments
# What JavaScript's numbers cannot hold goes as a text, and JSON as the text of it.
_AS_TEXT = {
    20: "::pg_catalog.text",  # bigint
    1700: "::pg_catalog.text",  # numeric
    114: " #>> '{}'",  # json
    3802: " #>> '{}'",  # jsonb
    1016: "::pg_catalog.text[]",  # bigint[]
    1231: "::pg_catalog.text[]",  # numeric[]
    199: "::pg_catalog.text[]",  # json[]
    3807: "::pg_catalog.text[]",  # jsonb[]
}


def json_object(pairs: Sequence[Pair]) -> str:
    """An object with these pairs in this order."""
    each = [f"{literal(key)}, {value}" for key, value in pairs]
    calls = [f"pg_catalog.json_build_object({', '.join(each[at : at + _MOST])})" for at in range(0, len(each), _MOST)]
    match calls:
        case []:
            return "'{}'::pg_catalog.json"
        case [one]:
            return one
    # What stands between the braces of each.
    inner = [f"pg_catalog.left(pg_catalog.substr(({call})::pg_catalog.text, 2), -1)" for call in calls]
    return "('{' || " + " || ',' || ".join(inner) + " || '}')::pg_catalog.json"


def value_sql(expression: str, of: SqlType) -> str:
    """A value as the dialect writes its type."""
    return f"{expression}{_AS_TEXT.get(of.oid, '')}"


def cursor_sql(values: Sequence[str]) -> str:
    """A cursor or node identifier: the values as JSON, in base64 without line ends."""
    array = f"pg_catalog.jsonb_build_array({', '.join(values)})::pg_catalog.text"
    return f"pg_catalog.translate(pg_catalog.encode(pg_catalog.convert_to({array}, 'utf-8'), 'base64'), E'\\n', '')"
