"""One capture as a person looks into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from haulback.model.capture import AtticEntry
from haulback.model.deployment import Deployment


@dataclass(frozen=True, slots=True)
class KeptColumn:
    """A column of what is kept, with its type as the server calls it."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class NotedRow:
    """A change of one row that a migration made.

    Attributes:
        event: `insert`, `update` or `delete`.
        key: what tells the row apart; empty where its table has no key.
        old: values before; of an update only those that changed.
        new: values after, likewise.
    """

    event: str
    key: Mapping[str, Any]
    old: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AtticView:
    """A capture with where it came from and its first rows.

    Attributes:
        migrations: names of the files that it was made for.
        rows: the first, by key, of a capture of whole rows or columns; large values are cut.
        noted: the first, in the order of the changes, of a capture of changed rows.
    """

    entry: AtticEntry
    deployment: Deployment
    migrations: tuple[str, ...] = ()
    columns: tuple[KeptColumn, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    noted: tuple[NotedRow, ...] = ()
