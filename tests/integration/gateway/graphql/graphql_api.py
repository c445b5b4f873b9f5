"""GraphQL of a test's database, and a plain client for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rest_api import Api, Reply, served, token

__all__ = ["Api", "Reply", "asked", "asking", "served", "token", "until"]


def asking(api: Api, body: Any, **others: Any) -> Reply:
    """One request, with whatever body."""
    return api.ask("POST", "", body, mount="/graphql/v1", **others)


def asked(api: Api, query: str, variables: Any = None, **others: Any) -> Any:
    """The answer to a query."""
    reply = asking(api, {"query": query, **({} if variables is None else {"variables": variables})}, **others)
    assert reply.status == 200, reply
    return reply.json


def until(ask: Callable[[], Any], expected: Any) -> None:
    """Asks until the answer is this one: a changed schema is read a moment after it changed."""
    end = time.monotonic() + 30
    while ask() != expected and time.monotonic() < end:
        time.sleep(0.05)
    assert ask() == expected
