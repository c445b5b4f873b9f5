"""A finding in a migration, and what is known of a target's tables to judge it by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from haulback.model.contract import Difference
from haulback.model.rehearsal import Rehearsal
from haulback.model.schema import Schema


class Level(StrEnum):
    """How bad a hazard is; a block refuses a deployment."""

    NOTE = "note"
    WARN = "warn"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


class Source(StrEnum):
    """Who saw a hazard."""

    TEXT = "text"  # our rules, in the parse tree
    SQUAWK = "squawk"
    REHEARSAL = "rehearsal"  # it happened on the shadow


@dataclass(frozen=True, slots=True)
class Hazard:
    """A finding in a migration.

    Attributes:
        id: of the rule; kebab-case, stable, the name of its page in docs/hazards.
        line, column: where its statement, or the part of it that matters, begins; both from 1.
        end_line: the last line of the statement.
        told: what happens, with the objects named, for a person.
        subject: the object it is about, such as `public.orders` or `public.orders.note`; empty where there is none.
        advice: what to do instead, in a sentence; empty where `rewrite` says all.
        rewrite: SQL to put in the place of the whole statement, ready to paste; empty where there is none.
        replaces: where that statement stands: line and column of its first character, and of the first behind it.
        seconds: how long others would be kept out on the target, as estimated from its size; None where unknown.
        accepted: whether somebody accepted it for this deployment: it no longer blocks.
    """

    id: str
    level: Level
    file: Path
    line: int
    column: int
    told: str
    end_line: int = 0
    subject: str = ""
    advice: str = ""
    rewrite: str = ""
    source: Source = Source.TEXT
    seconds: float | None = None
    accepted: bool = False
    replaces: tuple[int, int, int, int] | None = None

    @property
    def blocks(self) -> bool:
        return self.level is Level.BLOCK and not self.accepted

    @property
    def cache_key(self) -> str:
        """Names the finding for good: the same in every run, whatever the line."""
        return ":".join(part for part in (self.id, self.file.name, self.subject) if part)


@dataclass(frozen=True, slots=True)
class HazardKind:
    """What a rule looks for, for those who show hazards."""

    id: str
    title: str
    family: str
    level: Level


@dataclass(frozen=True, slots=True)
class TableSize:
    """How large a table of the target is.

    Attributes:
        rows: as the statistics estimate them.
        heap, indexes: bytes.
    """

    rows: float
    heap: int
    indexes: int


@dataclass(frozen=True)
class Known:
    """What is known of the target that a migration is meant for; with nothing known, only its text speaks.

    Attributes:
        schema: before the migrations.
        rehearsal: what the shadow told; None where nothing was rehearsed.
        sizes: by `schema.table`, as `haulback.hazards.names` writes it.
        major: of the target's server.
        budget: seconds that others may be kept waiting.
        assumed_rows: what a table of unknown size counts as; None to say unknown.
        exposed: schemas that the API serves.
        earlier: the text of all pending files that run between `schema` and the file at hand.
        role: that deploys; empty where it is not known.
        contract: how the API and its answers differ after all files, as the shadow told.
    """

    schema: Schema | None = None
    rehearsal: Rehearsal | None = None
    sizes: Mapping[str, TableSize] = field(default_factory=dict)
    major: int | None = None
    budget: float = 1.0
    assumed_rows: int | None = None
    exposed: tuple[str, ...] = ("public",)
    earlier: str = ""
    role: str = ""
    contract: tuple[Difference, ...] = ()
