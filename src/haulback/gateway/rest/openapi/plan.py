"""How the document is asked for at the root."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec

from haulback.gateway.answer import Answer, Refusal
from haulback.gateway.rest.media import ANY, JSON, OPENAPI, MediaType, accepted
from haulback.gateway.rest.openapi.access import access_of, access_statement
from haulback.gateway.rest.openapi.document import document
from haulback.gateway.rest.planned import Options, Planned, RequestShape, Row
from haulback.gateway.schema.model import SchemaCache

# Documents kept for one schema: one a set of privileges, of which there are about as many as roles.
_KEPT = 8


def openapi_plan(shape: RequestShape, cache: SchemaCache, options: Options) -> Planned:
    """The plan of GET and HEAD of the root: what the asking role may use is read, the rest is known.

    Raises:
        Refusal: PGRST107.
    """
    asked = accepted(shape.accept)
    if not any(each.name in {OPENAPI, JSON, ANY} for each in asked):
        raise Refusal(
            406, "PGRST107", "None of these media types are available: " + ", ".join(each.mime for each in asked)
        )

    @lru_cache(maxsize=_KEPT)
    def written(body: bytes) -> bytes:
        made = document(cache, shape.schema, access_of(body), options.server, options.extra_search_path)
        return msgspec.json.encode(made)

    return Planned(
        access_statement(shape.schema),
        _Described(_headers(shape), None if shape.method == "HEAD" else written),
        read_only=True,
    )


class _Described:
    """Answers with the document; HEAD without saying its length, as PostgREST does."""

    def __init__(self, headers: tuple[tuple[str, str], ...], written: Callable[[bytes], bytes] | None) -> None:
        self._headers = headers
        self._written = written

    def __call__(self, row: Row, _estimate: int | None, _values: Sequence[str] = ()) -> Answer:
        return Answer(200, self._headers, self._written(row.body) if self._written else b"")


def _headers(shape: RequestShape) -> tuple[tuple[str, str], ...]:
    content = ("Content-Type", MediaType(OPENAPI).content_type)
    return (content, ("Content-Profile", shape.schema)) if shape.by_profile else (content,)
