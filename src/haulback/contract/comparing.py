"""What changes from one surface to another, and what that does to clients that are deployed.

Judged as oasdiff judges OpenAPI: requests that worked must go on to work, and answers must keep what they promised. A
role that had no part in something is not hit by its change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from haulback.contract.columns import compared as columns
from haulback.contract.embeds import compared as embeds
from haulback.contract.functions import compared as functions
from haulback.contract.graph import compared as graphql
from haulback.contract.privileges import compared as privileges
from haulback.contract.realtime import compared as realtime
from haulback.contract.wording import added, difference, gone, listed, named
from haulback.hazards.names import parts
from haulback.model.contract import Concerns, Difference, OfferedTable, Severity, Surface

_APIS = ("realtime-", "graphql-")
_RANK = {one: rank for rank, one in enumerate(Severity)}


def compare(before: Surface, after: Surface) -> tuple[Difference, ...]:
    """Every difference, those that break first, of each API in the order of names."""
    found = [
        *_schemas(before, after),
        *_strangers(before, after),
        *_tables(before, after),
        *functions(before.functions, after.functions),
    ]
    if before.sent is not None and after.sent is not None:
        found += realtime(before.sent, after.sent)
    if before.graphql is not None and after.graphql is not None:
        found += graphql(before.graphql, after.graphql)
    return tuple(sorted(found, key=lambda one: (_RANK[one.severity], _api(one), one.path, one.kind, one.told)))


def _api(one: Difference) -> int:
    """REST's first: the others tell the same of theirs."""
    return next((number for number, api in enumerate(_APIS, 1) if one.kind.startswith(api)), 0)


def _schemas(before: Surface, after: Surface) -> Iterator[Difference]:
    if before.schemas[:1] != after.schemas[:1] and before.schemas and after.schemas:
        told = f"requests that name no schema go to {after.schemas[0]}, and went to {before.schemas[0]}"
        yield difference("default-schema", Severity.BREAKING, Concerns.REQUESTS, (after.schemas[0],), told)
    for name in before.schemas:
        if name not in after.schemas:
            told = f"the schema {name} is exposed no more"
            yield difference("schema-gone", Severity.BREAKING, Concerns.REQUESTS, (name,), told)


def _strangers(before: Surface, after: Surface) -> Iterator[Difference]:
    if before.anonymous == after.anonymous:
        return
    if before.anonymous and after.anonymous:
        severity = Severity.RISK
        told = f"requests without a token are made as {after.anonymous}, and were as {before.anonymous}"
    elif before.anonymous:
        severity, told = Severity.BREAKING, "requests without a token are refused"
    else:
        severity = Severity.COMPATIBLE
        told = f"requests without a token are made as {after.anonymous}, and were refused"
    path = (after.anonymous or before.anonymous,)
    found = difference("strangers-changed", severity, Concerns.REQUESTS, path, told)
    yield replace(found, words=("db_anon_role",))


def _tables(before: Surface, after: Surface) -> Iterator[Difference]:
    for name, table in before.tables.items():
        path = tuple(parts(name))
        now = after.tables.get(name)
        if now is None:
            told = f"{name} is gone for {listed(table.may)}"
            yield gone("table-gone", path, told, table.may)
        else:
            yield from _table(path, table, now, after)
    for name, table in after.tables.items():
        if name not in before.tables:
            yield added("table-added", tuple(parts(name)), f"{name} is new for {listed(table.may)}", table.may)


def _table(path: tuple[str, ...], before: OfferedTable, after: OfferedTable, surface: Surface) -> Iterator[Difference]:
    yield from columns(path, before, after)
    yield from privileges(path, before, after)
    yield from embeds(path, before, after, surface.tables)
    if before.key and before.key != after.key:
        now = f"is ({', '.join(after.key)})" if after.key else "is gone"
        told = f"the primary key of {named(path)} {now}, and was ({', '.join(before.key)}): upserts go by it"
        yield difference("key-changed", Severity.BREAKING, Concerns.REQUESTS, path, told)
