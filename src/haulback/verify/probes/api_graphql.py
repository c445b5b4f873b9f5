"""Through GraphQL each caller reaches what the database gives them, users stay apart, and bad tokens reach nothing."""

from __future__ import annotations

from functools import partial

from haulback.verify._probe import Finding, Probe, Subject
from haulback.verify._stage import NoAnswer
from haulback.verify.api.client import graphql
from haulback.verify.api.graph_way import GraphWay
from haulback.verify.api.tables import Scene, tried

_MISSING = 404
_DISABLED = "pg_graphql extension is not enabled"


def _measure(subject: Subject) -> Finding:
    assert subject.api is not None  # noqa: S101 - or the probe does not apply
    access = subject.api.access
    if access.graphs is None:
        raise NoAnswer("nobody knows what GraphQL calls the tables")
    graphs = access.graphs(subject.connection, access.schemas)
    return tried(subject.connection, subject.api, partial(GraphWay, graphs=graphs), _absent)


def _absent(at: Scene) -> str:
    asking = next((one for one in map(at.who.named, ("service", "a", "anon")) if one), None)
    reply = at.client.send(graphql("{ __typename }"), asking.token if asking else None)
    if reply.status == _MISSING or _DISABLED in reply.told:
        return f"GraphQL is not served ({reply.told})"
    if not reply.accepted or reply.error:
        raise NoAnswer(f"GraphQL answers {reply.told}")
    return ""


PROBE = Probe("api-graphql", "GraphQL keeps each caller to theirs", lambda subject: subject.api is not None, _measure)
