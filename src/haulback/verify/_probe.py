"""The shape of a probe: a name, where it applies, and one attempt that must come out right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import psycopg

from haulback.model.check import Outcome
from haulback.verify._stage import Stage, staged
from haulback.verify.api.access import Api
from haulback.verify.reach import Baseline


@dataclass(frozen=True, slots=True)
class Subject:
    """What is probed: a session of ours in autocommit, what was reachable before the deployment, and the API."""

    connection: psycopg.Connection
    before: Baseline | None = None
    api: Api | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe came to; see `ProbeResult` for the words."""

    outcome: Outcome
    detail: str
    breach: bool = False
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Probe:
    """A member of the probes, bound to the name PROBE in a file of its own.

    Attributes:
        id: kebab-case; the file is named so with underscores, the page in docs/probes with hyphens.
        applies: whether there is anything to probe here; where not, the probe is not told at all.
        measure: leaves nothing behind; raises psycopg.Error or NoAnswer where it could not be made.
    """

    id: str
    title: str
    applies: Callable[[Subject], bool]
    measure: Callable[[Subject], Finding]


def on_stage(act: Callable[[Stage], Finding]) -> Callable[[Subject], Finding]:
    """Makes a measurement of what acts on a stage with two users."""

    def measure(subject: Subject) -> Finding:
        with staged(subject.connection) as stage:
            return act(stage)

    return measure


def passed(detail: str) -> Finding:
    return Finding(Outcome.PASS, detail)


def failed(detail: str, *, breach: bool = False) -> Finding:
    return Finding(Outcome.FAIL, detail, breach)
