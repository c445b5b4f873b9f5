"""The way to rows through GraphQL: what a table and its columns are called there, and requests without variables. Pure.

Values are written into the text, since a variable needs the name of its type and a request is made once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from haulback.verify.api.client import Reply, Request, graphql
from haulback.verify.api.graph import Graph, Graphs
from haulback.verify.api.making import Row, Shape
from haulback.verify.api.ways import unchanged

_PARSED = frozenset({"Int", "Float", "Boolean"})
_TEXTS = frozenset({"BigInt", "BigFloat", "String", "UUID", "Date", "Time", "Datetime", "JSON"})


@dataclass(frozen=True)
class GraphWay:
    """pg_graphql's."""

    shape: Shape
    graphs: Graphs
    name: str = "GraphQL"
    reads_back: bool = True

    def offers(self, role: str, command: str, row: Row) -> bool:
        graph = self._graph(role)
        if graph is None:
            return False
        match command:
            case "INSERT":
                return bool(graph.insert) and all(name in graph.inputs for name in row.values)
            case "SELECT":
                return bool(graph.collection) and _knows(graph, row)
            case "DELETE":
                return bool(graph.delete) and _knows(graph, row)
            case _:
                return bool(graph.update) and _knows(graph, row) and unchanged(row)[0] in graph.sets

    def request(self, role: str, command: str, row: Row) -> Request:
        graph = self._graph(role)
        assert graph is not None  # noqa: S101 - or it was not offered
        match command:
            case "INSERT":
                given = self._object(graph, graph.inputs, row.values)
                return graphql(f"mutation {{ done: {graph.insert}(objects: [{given}]) {{ affectedCount }} }}")
            case "SELECT":
                found = f"{graph.collection}(first: 1, filter: {self._filter(graph, row)})"
                return graphql(f"{{ done: {found} {{ edges {{ node {{ __typename }} }} }} }}")
            case "DELETE":
                gone = f"{graph.delete}(filter: {self._filter(graph, row)}, atMost: 1)"
                return graphql(f"mutation {{ done: {gone} {{ affectedCount }} }}")
            case _:
                given = self._object(graph, graph.sets, dict([unchanged(row)]))
                changed = f"{graph.update}(set: {given}, filter: {self._filter(graph, row)}, atMost: 1)"
                return graphql(f"mutation {{ done: {changed} {{ affectedCount }} }}")

    def first(self, role: str) -> Request | None:
        graph = self._graph(role)
        if graph is None or not graph.collection:
            return None
        return graphql(f"{{ done: {graph.collection}(first: 1) {{ edges {{ node {{ __typename }} }} }} }}")

    def accepted(self, reply: Reply) -> bool:
        return reply.accepted and _done(reply) is not None

    def did(self, command: str, reply: Reply) -> bool:
        done = _done(reply) if reply.accepted else None
        if done is None:
            return False
        return bool(done.get("edges") if command == "SELECT" else done.get("affectedCount"))

    def _graph(self, role: str) -> Graph | None:
        return self.graphs.of(role, self.shape.schema, self.shape.table)

    def _filter(self, graph: Graph, row: Row) -> str:
        return _braced(
            (graph.filters[name], f"{{eq: {self._literal(graph, name, row.values[name])}}}") for name in row.mark
        )

    def _object(self, graph: Graph, names: Mapping[str, str], values: Mapping[str, Any]) -> str:
        return _braced((names[name], self._literal(graph, name, value)) for name, value in values.items())

    def _literal(self, graph: Graph, column: str, value: Any) -> str:
        if column in graph.labels:
            return graph.labels[column].get(str(value), str(value))
        return json.dumps(_as(graph.scalars.get(column, ""), value))


def _as(scalar: str, value: Any) -> Any:
    """A value of a row as its scalar wants it: a row has them as JSON does, or as text where another row has them."""
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, str) and scalar in _PARSED:
        return json.loads(value)
    if scalar in _TEXTS and not isinstance(value, str | list):
        return json.dumps(value)
    return value


def _done(reply: Reply) -> Mapping[str, Any] | None:
    found = reply.document.get("data") if isinstance(reply.document, dict) else None
    done = found.get("done") if isinstance(found, dict) else None
    return done if isinstance(done, dict) else None


def _knows(graph: Graph, row: Row) -> bool:
    return all(name in graph.filters for name in row.mark)


def _braced(entries: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in entries) + "}"
