"""Whether the API serves the schema that is there: asked again until it does, for so long."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import psycopg

from haulback.clock import Clock
from haulback.pg.queries import queries
from haulback.verify._stage import NoAnswer, rolled_back
from haulback.verify.api.access import Touched
from haulback.verify.api.callers import Caller
from haulback.verify.api.client import Client, Request

Item = tuple[str, str, str, str]  # as in Touched

PATIENCE = 15.0  # seconds; a schema cache of thousands of tables takes some
_PAUSE = 0.05
_SQL = queries("haulback.verify", "api/api.sql")
_OPENAPI = "application/openapi+json"
_ABSENT = (401, 403, 404)  # nobody may use it, or PGRST205
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the API must list, and what it must not, as the catalogs have it for the role that asks."""

    there: frozenset[Item]
    gone: frozenset[Item]

    @property
    def schemas(self) -> tuple[str, ...]:
        return tuple(sorted({schema for _, schema, _, _ in self.there | self.gone}))


@dataclass(frozen=True, slots=True)
class Served:
    """What the API came to serve.

    Attributes:
        seconds: until it served everything.
        wrong: what it still has wrong, for a person; empty where it serves everything.
        untold: why it cannot be told; empty where it could.
    """

    seconds: float
    wrong: str = ""
    untold: str = ""


def reload(connection: psycopg.Connection) -> None:
    """Has API servers read the schema anew; the session must be PostgreSQL's own, no pooler's."""
    connection.execute("notify pgrst, 'reload schema'")


def wanted(connection: psycopg.Connection, touched: Touched, schemas: Iterable[str], role: str) -> Wanted:
    """Sorts what was touched in exposed schemas into what is there for the role and what is not there at all."""
    exposed = set(schemas)
    items = {item for item in touched.items if item[1] in exposed}
    with rolled_back(connection):
        rows = connection.execute(_SQL["surface"], {"schemas": sorted(exposed), "role": role}).fetchall()
    usable = {(kind, schema, name, column): bool(use) for kind, schema, name, column, use in rows}
    return Wanted(
        there=frozenset(item for item in items if usable.get(item)),
        gone=frozenset(item for item in items if item not in usable),
    )


def until_served(client: Client, caller: Caller, want: Wanted, clock: Clock, patience: float = PATIENCE) -> Served:
    """Asks until everything is served, or `patience` is over.

    Raises:
        NoAnswer: the API did not answer in all that time.
    """
    begun = clock.monotonic()
    while True:
        over = clock.monotonic() - begun >= patience
        try:
            wrong, untold = _asked(client, caller, want)
        except NoAnswer:
            if over:
                raise
            wrong, untold = [], "it does not answer"
        seconds = clock.monotonic() - begun
        if not wrong and untold != "it does not answer":
            return Served(seconds, untold=untold)
        if over:
            return Served(seconds, _listed(wrong), untold)
        clock.sleep(_PAUSE)


def _asked(client: Client, caller: Caller, want: Wanted) -> tuple[list[str], str]:
    wrong: list[str] = []
    untold = ""
    for schema in want.schemas:
        reply = client.send(Request("GET", "", schema=schema, accept=_OPENAPI), caller.token)
        if reply.status >= 500:  # noqa: PLR2004 - while the schema cache is read: to be asked again
            raise NoAnswer(f"the API answers {reply.told}")
        of_schema = _of(want, schema)
        if reply.accepted and isinstance(reply.document, dict):
            wrong += _wrong(of_schema, _listing(reply.document))
        else:
            tables = Wanted(*(frozenset(i for i in items if i[0] == "table") for items in _both(of_schema)))
            wrong += _wrong(tables, lambda item: _answers(client, caller, item))
            untold = f"it publishes no OpenAPI document ({reply.told}), so only tables could be told"
    return wrong, untold


def _of(want: Wanted, schema: str) -> Wanted:
    there, gone = (frozenset(item for item in items if item[1] == schema) for items in _both(want))
    return Wanted(there, gone)


def _both(want: Wanted) -> tuple[frozenset[Item], frozenset[Item]]:
    return want.there, want.gone


def _wrong(want: Wanted, listed: Callable[[Item], bool]) -> list[str]:
    missing = [f"{_shown(item)} is not served" for item in sorted(want.there) if not listed(item)]
    return missing + [f"{_shown(item)} is still served" for item in sorted(want.gone) if listed(item)]


def _listing(document: dict[str, Any]) -> Callable[[Item], bool]:
    definitions, paths = document.get("definitions") or {}, document.get("paths") or {}

    def listed(item: Item) -> bool:
        kind, _, name, column = item
        if kind == "function":
            return f"/rpc/{name}" in paths
        if kind == "table":
            return name in definitions
        return column in ((definitions.get(name) or {}).get("properties") or {})

    return listed


def _answers(client: Client, caller: Caller, item: Item) -> bool:
    reply = client.send(Request("GET", path(item[2]), {"limit": "0"}, schema=item[1]), caller.token)
    return reply.accepted or reply.status not in _ABSENT


def path(name: str) -> str:
    """A name as a part of a path."""
    return quote(name, safe="")


def _shown(item: Item) -> str:
    kind, schema, name, column = item
    return f"{kind} {schema}.{name}" + (f".{column}" if column else "")


def _listed(wrong: list[str]) -> str:
    rest = len(wrong) - _SHOWN
    return ", ".join(wrong[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
