"""What a role may use of a schema."""

from __future__ import annotations

import msgspec

from haulback.gateway.rest.compiled import Constant, Statement
from haulback.pg.queries import queries

_PACKAGE = "haulback.gateway.rest.openapi"


class Access(msgspec.Struct, frozen=True):
    """Names of tables and oids of functions that may be used, and the comment of the schema."""

    tables: frozenset[str] = frozenset()
    functions: frozenset[int] = frozenset()
    comment: str | None = None


def access_statement(schema: str) -> Statement:
    """Returns the Access of whoever runs it, as JSON in the body of its row."""
    return Statement(queries(_PACKAGE, "access.sql")["access"], (Constant(schema),))


def access_of(body: bytes) -> Access:
    return msgspec.json.decode(body, type=Access) if body else Access()
