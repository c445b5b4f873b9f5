"""What can be reported besides the outcome of a deployment: a plan with what is known of it, and a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from haulback.model.capture_cost import CaptureEstimate
from haulback.model.check import CheckResult, Outcome
from haulback.model.deployment import Deployment, State
from haulback.model.hazard import Hazard, HazardKind
from haulback.model.migration import Plan
from haulback.model.rehearsal import Rehearsal


@dataclass(frozen=True)
class LintSubject:
    """The hazards of a set of files.

    Attributes:
        hazards: in order of file, line and column.
        kinds: by id, of every hazard there is.
        silenced: how many an ignore keeps quiet.
        files, statements: how many were read.
        problems: what could not be looked at.
    """

    hazards: tuple[Hazard, ...]
    kinds: Mapping[str, HazardKind]
    silenced: int = 0
    files: int = 0
    statements: int = 0
    problems: tuple[str, ...] = ()

    @property
    def blocking(self) -> tuple[Hazard, ...]:
        return tuple(one for one in self.hazards if one.blocks)


@dataclass(frozen=True)
class PlanSubject:
    """A plan, and what was found out about it.

    Attributes:
        rehearsal: None where nothing was rehearsed: whether the plan can be taken back is then unknown.
        checks: None where none were made.
        hazards: of the pending files; None where they were not looked for.
        capture: what is kept in the attic, and what that costs; None where nothing was rehearsed.
        refusals: why a deployment of this plan would be refused, besides the checks that block.
        remarks: what a person should know besides.
        saved: where the plan was saved, for a person.
    """

    plan: Plan
    rehearsal: Rehearsal | None = None
    checks: tuple[CheckResult, ...] | None = None
    refusals: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    saved: str = ""
    hazards: LintSubject | None = None
    capture: CaptureEstimate | None = None

    @property
    def blocking(self) -> tuple[str, ...]:
        """Everything that refuses a deployment of this plan, as it stands."""
        found = self.hazards.blocking if self.hazards else ()
        hazards = tuple(f"{one.file.name}:{one.line}: {one.id}: {one.told}" for one in found)
        return (*self.refusals, *hazards, *self._blocking_checks)

    @property
    def blocking_besides(self) -> tuple[str, ...]:
        """The same without the hazards, for formats that tell those one by one."""
        return (*self.refusals, *self._blocking_checks)

    @property
    def _blocking_checks(self) -> tuple[str, ...]:
        return tuple(f"{one.id} {one.outcome}: {one.figure}" for one in self.checks or () if one.blocks)


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """The server behind a target.

    Attributes:
        version: such as `18.6`; empty where it does not answer.
        problem: why it does not answer, with what to do about it in `hint`.
    """

    embedded: bool
    version: str = ""
    user: str = ""
    database: str = ""
    problem: str = ""
    hint: str = ""

    @property
    def answers(self) -> bool:
        return not self.problem


@dataclass(frozen=True, slots=True)
class Situation:
    """A target as it is now.

    Attributes:
        journal: whether there is a journal; None where the server does not answer.
        deployments: the newest first.
        api: where the target's API is; None where it has none.
        holder: who holds the deployment lock, for a person; empty where nobody does.
    """

    target: str
    environment: str
    server: ServerFacts
    journal: bool | None = None
    deployments: tuple[Deployment, ...] = ()
    holder: str = ""
    api: str | None = None

    def advice(self, deployment: Deployment) -> str:
        """What to do next about a deployment; empty where nothing is to be done."""
        if deployment.state.unfinished:
            if self.holder:
                return f"under way, by {self.holder}"
            return "interrupted: `haulback resume` goes on or back, as the journal has it"
        if deployment.state is State.INCOMPLETE:
            return (
                f"a person is needed: `haulback log {deployment.number}` says what failed; mend it, then run "
                f"`haulback rollback {deployment.number}`"
            )
        return ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What `haulback doctor` found out about one thing.

    Attributes:
        area: `programs`, `settings`, `targets`, `folders`.
        told: for a person.
        hint: what to do next; empty where nothing is to be done.
        essential: whether nothing works while it fails.
    """

    area: str
    name: str
    outcome: Outcome
    told: str
    hint: str = ""
    essential: bool = False

    @property
    def breaks(self) -> bool:
        return self.essential and self.outcome is Outcome.FAIL
