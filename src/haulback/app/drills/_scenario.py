"""What a scenario is, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from haulback.app.backing_up import concerned
from haulback.backups.cipher import Key
from haulback.backups.covering import holds
from haulback.backups.shelf import Shelf
from haulback.clock import Clock
from haulback.deploy.progress import Progress
from haulback.model.backup import BackupKind, KeptBackup, Verdict
from haulback.model.drill import DrillStep, Measured
from haulback.model.recovery import Objectives
from haulback.model.settings import Settings
from haulback.model.target import Target


@dataclass
class Scene:
    """Everything that a drill may use. It changes nothing on the target.

    Attributes:
        kept: the backups of the target, oldest first.
        steps: what the recovery has done so far, with the time that each part took.
    """

    settings: Settings
    target: Target
    shelf: Shelf
    key: Key | None
    progress: Progress
    clock: Clock
    kept: tuple[KeptBackup, ...]
    steps: list[DrillStep] = field(default_factory=list)

    def newest(self, kind: BackupKind) -> KeptBackup | None:
        """The newest proved backup of a kind that holds the tables which must come back.

        Where none is proved, the newest that is not known to be bad.
        """
        whole = [one for one in self.kept if one.backup and one.backup.kind is kind and holds(one.backup, self.tables)]
        proved = [one for one in whole if one.is_proved]
        left = [one for one in whole if one.verdict is None]
        chosen = proved or left
        return chosen[-1] if chosen else None

    @property
    def tables(self) -> tuple[str, ...]:
        """Those that must come back."""
        return concerned(self.settings, self.kept)

    @property
    def no_backup_of_tables(self) -> str:
        """Why no backup of tables can be gone by; empty where one can."""
        if self.newest(BackupKind.TABLE):
            return ""
        fit = {None, Verdict.PROVED}
        if any(one.backup and one.backup.kind is BackupKind.TABLE and one.verdict in fit for one in self.kept):
            return f"no backup of tables holds all of {', '.join(self.tables)}: haulback backup run"
        if any(one.refused and one.refused.kind is BackupKind.TABLE for one in self.kept):
            return "no backup of tables is believed: haulback backup list says why"
        return "there is no backup of tables: haulback backup run"

    @contextmanager
    def step(self, title: str, *, grows: bool = True) -> Iterator[None]:
        """Times one part of the recovery, and tells it; `grows` as in `DrillStep`."""
        begun = self.clock.monotonic()
        self.progress.step_begun("drill", title)
        yield
        seconds = self.clock.monotonic() - begun
        self.steps.append(DrillStep(title, seconds, grows))
        self.progress.step_done("drill", seconds, title)

    @property
    def seconds(self) -> float:
        return sum(one.seconds for one in self.steps)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A member of this folder, bound to the name SCENARIO.

    Attributes:
        id: kebab-case; the file is named so with underscores.
        title: what is lost.
        objective: how many seconds the recovery may take.
        missing: why it cannot be played now; empty where it can.
        play: does the recovery and measures it.
        commands: what a person types when it happens; a word in capitals is to be filled in.
    """

    id: str
    title: str
    objective: Callable[[Objectives], float]
    missing: Callable[[Scene], str]
    play: Callable[[Scene], Measured]
    commands: tuple[str, ...]
