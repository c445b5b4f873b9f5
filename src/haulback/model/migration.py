"""Migrations, their statements, and the plan that is made of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement of a file.

    Attributes:
        text: as written, without the terminating semicolon.
        line: of its first word, from 1.
        column: of its first word, from 1, in characters.
        kind: what it is, for a person: `create table`, `alter table`, `update`.
        transactional: whether it may run inside a transaction block.
        destroys: what it takes away, for a person: `table public.orders`, `rows of public.orders`.
    """

    text: str
    line: int
    column: int
    kind: str
    transactional: bool = True
    destroys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """What commits together: a run of transactional statements, or one that allows no transaction."""

    transactional: bool
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """One SQL file, read and parsed.

    Attributes:
        path: where it was read from.
        sha256: of its text with a byte order mark removed and line ends made LF, so that a checkout on another
            system is the same file.
    """

    path: Path
    text: str
    sha256: str
    units: tuple[Unit, ...]

    @property
    def statements(self) -> tuple[Statement, ...]:
        return tuple(statement for unit in self.units for statement in unit.statements)

    @property
    def transactional(self) -> bool:
        """Whether the whole file can commit at once."""
        return all(unit.transactional for unit in self.units) and len(self.units) <= 1


@dataclass(frozen=True, slots=True)
class Migration:
    """One versioned SQL file and its hand-written inverse, if there is one.

    Attributes:
        script: what runs.
        written: the file as it stands, where `script` is a rewrite of it; histories and hashes of files go by it.
    """

    version: str
    name: str
    script: Script
    rollback: Script | None = None
    written: Script | None = None

    @property
    def source(self) -> Script:
        """The file as it stands, whether it runs so or rewritten."""
        return self.written or self.script

    @property
    def label(self) -> str:
        return f"{self.version}_{self.name}" if self.name else self.version


@dataclass(frozen=True, slots=True)
class Applied:
    """One row of the target's history.

    Attributes:
        sha256: of the file when Haulback ran it; None where another tool did.
    """

    version: str
    name: str
    sha256: str | None


@dataclass(frozen=True)
class Plan:
    """The ordered pending migrations for a target.

    Attributes:
        base: the versions applied on the target when the plan was made, in order.
        unknown: applied versions of which the folder has no file.
        skipped: files of the folder that are not migrations, each with the reason.
        hash: hex sha256 over base, versions, file hashes and those of rewritten texts; the same plan for two targets
            with the same history has the same hash.
    """

    target: str
    environment: str
    migrations: tuple[Migration, ...]
    base: tuple[str, ...]
    hash: str
    made_at: datetime
    made_by: str
    skipped: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def as_written(self) -> Plan:
        """The same plan, with no file rewritten; under the same hash."""
        return replace(self, migrations=tuple(replace(m, script=m.source, written=None) for m in self.migrations))

    @property
    def rewritten(self) -> tuple[Migration, ...]:
        """The migrations of which a rewrite runs."""
        return tuple(migration for migration in self.migrations if migration.written)

    @property
    def destroys(self) -> tuple[tuple[str, Statement], ...]:
        """Every statement that takes something away, with the label of its migration."""
        return tuple(
            (migration.label, statement)
            for migration in self.migrations
            for statement in migration.script.statements
            if statement.destroys
        )
