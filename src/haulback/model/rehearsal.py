"""What the shadow told about a plan before it touched the target."""

from __future__ import annotations

from dataclasses import dataclass

from haulback.model.contract import Difference, Surface
from haulback.model.schema import Schema, SchemaDifference


@dataclass(frozen=True, slots=True)
class StatementTrace:
    """What one statement did on the shadow, to relations that were there before its unit.

    Relations are named as the catalogs quote them, with their schema.

    Attributes:
        locks: relation and lock mode, for modes that keep others out and were not held before the statement.
        rewritten: tables and indexes whose file node changed: the server wrote them anew.
        scanned: tables that were read under such a lock by a statement that is not there to read.
        built: tables that got an index.
    """

    migration: str
    line: int
    kind: str
    milliseconds: float
    locks: tuple[tuple[str, str], ...] = ()
    rewritten: tuple[str, ...] = ()
    scanned: tuple[str, ...] = ()
    built: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitTrace:
    """What one unit of a migration did on the shadow until just before its commit.

    Attributes:
        locks: relation and strongest lock mode, for relations that existed before and modes that keep others out.
        rewritten: relations whose file node changed: the server wrote them anew.
        written: tables with rows inserted, updated or deleted, and how many on the shadow.
        aimed_at: tables that a statement was to write, whether it met rows there or not.
    """

    migration: str
    locks: tuple[tuple[str, str], ...] = ()
    rewritten: tuple[str, ...] = ()
    written: tuple[tuple[str, int, int, int], ...] = ()
    aimed_at: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rehearsal:
    """A plan run for real: forward, back, forward again.

    Attributes:
        before: the schema it began with, equal to the target's unless `notes` says otherwise.
        after: the schema it led to, both times.
        reversible: whether going back ended in `before`, column order apart.
        widened: what an API role reaches after it and did not before, and whether rows in the sample proved it.
        problems: why it is not reversible; empty when all is well.
        changes: identities of tables whose rows it changed: those are noted row by row on the target.
        emptied: identities of tables that it emptied at once.
        notes: what a person should know, such as extensions that are stand-ins there.
        major: of the shadow's server.
        api: what the API offers before it and after it; None where that was not looked at.
        answers: how recorded requests are answered otherwise after it.
        unasked: why those could not be asked; empty where they were, or there are none.
        kept: whether it was made earlier, for the same files, schema and sample.
    """

    plan_hash: str
    before: Schema
    after: Schema
    difference: SchemaDifference
    reversible: bool
    statements: tuple[StatementTrace, ...] = ()
    units: tuple[UnitTrace, ...] = ()
    problems: tuple[str, ...] = ()
    widened: tuple[tuple[str, bool], ...] = ()
    changes: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    api: tuple[Surface, Surface] | None = None
    answers: tuple[Difference, ...] = ()
    unasked: str = ""
    major: int = 0
    seconds: float = 0.0
    kept: bool = False
