"""What GraphQL calls a table and its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import psycopg


@dataclass(frozen=True, slots=True)
class Graph:
    """What a table is called for one role; what the role is not offered is empty.

    Attributes:
        collection, insert, update, delete: fields of Query and Mutation.
        filters, inputs, sets: columns by what they are called in a filter, an insert and an update.
        labels: by column that is an enum, what its values are called.
        scalars: by column, what its values are: `Int`, `BigFloat`; not of lists.
    """

    collection: str
    insert: str = ""
    update: str = ""
    delete: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    sets: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    scalars: Mapping[str, str] = field(default_factory=dict)


class Graphs(Protocol):
    """What GraphQL calls things."""

    def of(self, role: str, schema: str, table: str) -> Graph | None:
        """None where the role is not offered the table."""


ReadGraphs = Callable[[psycopg.Connection, tuple[str, ...]], Graphs]
