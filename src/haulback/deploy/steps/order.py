"""The steps of a deployment, in order. Going back walks the same list from its end."""

from __future__ import annotations

from haulback.deploy.steps.asking import AskAgain
from haulback.deploy.steps.capture import Capture
from haulback.deploy.steps.jobs import ResumeJobs
from haulback.deploy.steps.maintenance import Begin, End
from haulback.deploy.steps.merge import Merge
from haulback.deploy.steps.migrate import Migrate
from haulback.deploy.steps.seed import Seed
from haulback.deploy.steps.snapshot import Snapshot
from haulback.deploy.steps.step import Step
from haulback.deploy.steps.validate import Validate
from haulback.deploy.steps.verify import Verify

STEPS: tuple[Step, ...] = (
    Begin(),
    AskAgain(),
    ResumeJobs(),
    Snapshot(),
    Capture(),
    Migrate(),
    Merge(),
    Validate(),
    Seed(),
    Verify(),
    End(),
)
ALWAYS = ("migrate",)


def chosen(skip: frozenset[str] = frozenset()) -> tuple[Step, ...]:
    """The steps without those left out; migrating cannot be left out."""
    return tuple(step for step in STEPS if step.id in ALWAYS or step.id not in skip)
