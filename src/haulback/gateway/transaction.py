"""What is set at the beginning of each request's transaction: who asks, for what, and how.

The names and their order are PostgREST's (its documentation, "Transactions"): the search path, the settings of the role
before the role itself (a setting may need a privilege that the role has not), role, claims, request, time zone, and the
settings of a function that is called. All are local: they end with the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from psycopg import sql

from haulback.gateway.auth.identity import Identity
from haulback.gateway.database.segment import Step
from haulback.gateway.http.headers import Headers
from haulback.gateway.rest.planned import Options
from haulback.gateway.schema.model import SchemaCache

_REQUEST = ("request.jwt.claims", "request.method", "request.path", "request.headers", "request.cookies")
_READ_ONLY = ("transaction_read_only", b"on")


@lru_cache(maxsize=256)
def _statement(names: tuple[str, ...]) -> bytes:
    # Only whether each value was set comes back, not the value: claims and headers would travel twice.
    calls = (
        f"set_config({sql.Literal(name).as_string()}, ${number}, true) IS NULL" for number, name in _numbered(names)
    )
    return f"SELECT {', '.join(calls)}".encode()


def _numbered(names: Sequence[str]) -> enumerate[str]:
    return enumerate(names, start=1)


@lru_cache(maxsize=64)
def search_path(schema: str, extra: tuple[str, ...]) -> bytes:
    """The exposed schema and those behind it, as search_path wants them."""
    return ", ".join(sql.Identifier(name).as_string() for name in (schema, *extra)).encode()


def beginning(
    identity: Identity,
    cache: SchemaCache,
    options: Options,
    *,
    path: bytes,
    method: bytes,
    url: bytes,
    headers: Headers,
    read_only: bool = False,
    time_zone: str | None = None,
    settings: tuple[tuple[str, str], ...] = (),
) -> Step:
    """The statement that sets everything, as the first of a transaction.

    Args:
        identity: of the request.
        cache: for the settings of the role, and for whether plans may serve another one.
        options: for those of the app.
        path: search_path, as `search_path` gives it.
        method: of the request.
        url: its path.
        headers: of the request.
        read_only: whether the transaction is.
        time_zone: where the request wants one.
        settings: of the function that is called.
    """
    role = cache.roles.get(identity.role)
    names: list[str] = ["search_path"]
    values: list[bytes | None] = [path]
    if read_only:
        names.append(_READ_ONLY[0])
        values.append(_READ_ONLY[1])
    if role is not None:
        for name, value in role.settings:
            names.append(name)
            values.append(value.encode())
    names += ("role", *_REQUEST)
    values += (identity.role.encode(), identity.text, method, url, headers.json(), headers.cookies())
    if time_zone is not None:
        names.append("timezone")
        values.append(time_zone.encode())
    for name, value in (*settings, *options.app):
        names.append(name)
        values.append(value.encode())
    key = tuple(names)
    return Step(key, _statement(key), values, anew=cache.folding)


def asked_first(function: str) -> tuple[Step, ...]:
    """The step that calls the pre-request function, where there is one."""
    if not function:
        return ()
    called = sql.SQL("SELECT {}() IS NULL").format(sql.Identifier(*function.split(".", 1)))
    return (Step(("pre-request", function), called.as_bytes()),)
