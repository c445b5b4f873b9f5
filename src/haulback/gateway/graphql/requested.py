"""The body of a request: what PostgREST would hand to the function `graphql_public.graphql`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from haulback.gateway.answer import Refusal
from haulback.gateway.http.request import Request
from haulback.model.graphql import GraphQLSettings

_FUNCTION = "graphql_public.graphql"
_PARAMETERS = ("extensions", "operationName", "query", "variables")
_NAMES = frozenset(_PARAMETERS)
_JSON = "application/json"
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Requested:
    """What is asked for.

    Attributes:
        query: None where there is none.
        variables: an object, unless somebody sent something else.
        operation: its name, where one was given.
        extensions: JSON as it came; only the extension reads it.
    """

    query: str | None
    variables: Any = field(default_factory=dict)
    operation: str | None = None
    extensions: Any = None


def requested(request: Request, bounds: GraphQLSettings) -> Requested:
    """Reads a request.

    Raises:
        Refusal: as PostgREST says it, where it would not come to call the function.
    """
    if request.method == "GET":
        return _from_query(request.query)
    if len(request.body) > bounds.body:
        raise Refusal(413, "PGRST102", "the request is too large")
    kind = request.headers.get("content-type").partition(";")[0].strip().lower()
    if kind not in {"", _JSON}:
        raise Refusal(400, "PGRST102", f"Content-Type not acceptable: {kind}")
    return _of(_decoded(request.body) if request.body.strip() else {}, request.body)


def _from_query(query: str) -> Requested:
    try:
        given = dict(parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=100))
    except ValueError:
        raise Refusal(400, "PGRST100", "the query cannot be read") from None
    given.pop("apikey", None)
    for name in ("variables", "extensions"):
        if name in given:
            text = given[name].encode()
            given[name] = _decoded(text)
    return _of(given, b"\\u0000" if "\0" in query or "%00" in query else b"")


def _decoded(body: bytes) -> Any:
    try:
        return _decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise Refusal(400, "PGRST102", "Empty or invalid json") from None


def _of(given: Any, raw: bytes) -> Requested:
    if not isinstance(given, dict):
        raise Refusal(400, "PGRST102", "Empty or invalid json")
    if not given.keys() <= _NAMES:
        names = ", ".join(sorted(given))
        raise Refusal(
            404,
            "PGRST202",
            f"Could not find the function {_FUNCTION}({names}) in the schema cache",
            details=f"Searched for the function {_FUNCTION} with parameters {names}, but no matches were found in the"
            " schema cache.",
            hint=f"Perhaps you meant to call the function {_FUNCTION}({', '.join(_PARAMETERS)})",
        )
    if b"\\u0000" in raw and _has_zero(given):
        raise Refusal(
            400, "22P05", "unsupported Unicode escape sequence", details="\\u0000 cannot be converted to text."
        )
    variables = given.get("variables")
    return Requested(
        _text(given.get("query")),
        {} if variables is None else variables,
        _text(given.get("operationName")),
        given.get("extensions"),
    )


def _text(value: Any) -> str | None:
    """A parameter of type text: of other JSON, the text of it."""
    return value if value is None or isinstance(value, str) else _encode(value).decode()


def _has_zero(value: Any) -> bool:
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            if "\0" in one:
                return True
        elif isinstance(one, Mapping):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            left += one
    return False
