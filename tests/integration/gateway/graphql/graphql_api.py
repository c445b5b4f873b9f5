"""GraphQL of a test's database, and a plain client for it."""

from __future__ import annotations

from typing import Any

from rest_api import Api, Reply, served, token

__all__ = ["Api", "Reply", "asked", "asking", "served", "token"]


def asking(api: Api, body: Any, **others: Any) -> Reply:
    """One request, with whatever body."""
    return api.ask("POST", "", body, mount="/graphql/v1", **others)


def asked(api: Api, query: str, variables: Any = None, **others: Any) -> Any:
    """The answer to a query."""
    reply = asking(api, {"query": query, **({} if variables is None else {"variables": variables})}, **others)
    assert reply.status == 200, reply
    return reply.json
