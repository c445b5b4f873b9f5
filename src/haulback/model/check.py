"""A pre-flight fact with a threshold, and a live test of the deployed system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What a check or a probe came to. What could not be checked is unknown, never pass."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check's answer.

    Attributes:
        figure: what was measured, with its unit, for a person ("12 of 100 connections").
        threshold: what it was held against ("at most 80 %").
        hint: what to do next; empty where nothing is to be done.
        blocks: whether the target's policy lets it refuse the deployment.
        informational: whether it is told and never blocks, whatever the policy.
    """

    id: str
    title: str
    outcome: Outcome
    figure: str
    threshold: str
    hint: str = ""
    blocks: bool = False
    informational: bool = False


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One probe's answer.

    Attributes:
        breach: whether a failure means that somebody reached what is not theirs.
        milliseconds: how long the probe took.
        figures: what it measured besides, by a name that says the unit.
    """

    id: str
    title: str
    outcome: Outcome
    detail: str
    breach: bool = False
    milliseconds: float = 0.0
    figures: Mapping[str, float] = field(default_factory=dict)
