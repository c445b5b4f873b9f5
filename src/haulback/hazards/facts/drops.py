"""One object that a statement drops."""

from __future__ import annotations

from dataclasses import dataclass, field

from haulback.hazards.reading import Seen
from haulback.migrations.grammar import Node

_CATALOGS = {
    "TABLE": ("table",),
    "FOREIGN_TABLE": ("foreign_table",),
    "VIEW": ("view",),
    "MATVIEW": ("materialized_view",),
    "SEQUENCE": ("sequence",),
    "INDEX": ("index",),
    "TYPE": ("type",),
    "DOMAIN": ("type",),
    "SCHEMA": ("schema",),
    "EXTENSION": ("extension",),
    "FUNCTION": ("function",),
    "PROCEDURE": ("function",),
    "AGGREGATE": ("aggregate",),
    "ROUTINE": ("function", "aggregate"),
    "TRIGGER": ("trigger",),
    "POLICY": ("policy",),
    "RULE": ("rule",),
    "CONSTRAINT": ("constraint",),
    "COLUMN": ("column",),
    "PUBLICATION": ("publication",),
    "EVENT_TRIGGER": ("event_trigger",),
}


@dataclass(frozen=True, slots=True)
class Drop:
    """One object that a statement drops.

    Attributes:
        kind: as the grammar names it, such as `TABLE`; COLUMN and CONSTRAINT for those of ALTER TABLE.
        name: with the table's before it where it is only unique there.
        position: counts what the file makes and drops, from 0.
        table: that it belongs to; empty where it belongs to none.
        arguments: types of a function's; None where they are not given.
        command: of ALTER TABLE, where it is one.
    """

    seen: Seen
    kind: str
    name: str
    position: int
    table: str = ""
    arguments: tuple[str, ...] | None = None
    cascade: bool = False
    missing_ok: bool = False
    command: Node = field(default=None, repr=False, compare=False)

    @property
    def catalog_kinds(self) -> tuple[str, ...]:
        return _CATALOGS.get(self.kind, ())

    @property
    def signature(self) -> str:
        """The name, with the arguments where they are given."""
        return f"{self.name}({', '.join(self.arguments)})" if self.arguments is not None else self.name
