"""How a row is created, read, changed and deleted through an API: the requests, and what their answers mean. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from haulback.verify.api.client import Reply, Request
from haulback.verify.api.making import Row, Shape
from haulback.verify.api.served import path

_COUNTED = "return=minimal, count=exact"


class Way(Protocol):
    """One API's way to the rows of one table.

    Attributes:
        name: of the API, for a person; empty for REST.
        reads_back: whether an insert must be one that its maker may read.
    """

    @property
    def name(self) -> str: ...

    @property
    def reads_back(self) -> bool: ...

    def offers(self, role: str, command: str, row: Row) -> bool:
        """Whether the API has a request for it; what it does not have, it need not do."""

    def request(self, role: str, command: str, row: Row) -> Request:
        """The request that does it, where it is offered."""

    def first(self, role: str) -> Request | None:
        """A request that reads at most one row; None where none is offered."""

    def accepted(self, reply: Reply) -> bool:
        """Whether the API took the request at all."""

    def did(self, command: str, reply: Reply) -> bool:
        """Whether it was done, to a row that is there."""


@dataclass(frozen=True, slots=True)
class Rest:
    """PostgREST's."""

    shape: Shape
    name: str = ""
    reads_back: bool = False

    def offers(self, _role: str, _command: str, _row: Row) -> bool:
        return True

    def request(self, _role: str, command: str, row: Row) -> Request:
        known = {field_of(name): f"eq.{value}" for name, value in row.known_by.items()}
        table, schema = path(self.shape.table), self.shape.schema
        match command:
            case "INSERT":
                return Request("POST", table, body=row.values, schema=schema, prefer="return=minimal")
            case "SELECT":
                query = {"select": next(iter(known)), **known}
                return Request("GET", table, query, schema=schema, prefer="count=exact")
            case "DELETE":
                return Request("DELETE", table, known, schema=schema, prefer=_COUNTED)
            case _:
                return Request("PATCH", table, known, dict([unchanged(row)]), schema=schema, prefer=_COUNTED)

    def first(self, _role: str) -> Request:
        return Request("GET", path(self.shape.table), {"limit": "1"}, schema=self.shape.schema)

    def accepted(self, reply: Reply) -> bool:
        return reply.accepted

    def did(self, command: str, reply: Reply) -> bool:
        if not reply.accepted:
            return False
        if command == "SELECT" and isinstance(reply.document, list):
            return bool(reply.document)
        return True if command == "INSERT" else bool(reply.count)


def unchanged(row: Row) -> tuple[str, Any]:
    """A column and the value that it has, so that an update changes nothing; not of the mark where there is another."""
    name = next((name for name in row.values if name not in row.mark and row.values[name] not in ({}, [])), row.mark[0])
    return name, row.values[name]


def field_of(name: str) -> str:
    """A column as the grammar of query strings takes it: quoted, unless it is a plain word."""
    if name.isascii() and name.replace("_", "a").isalnum():
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
