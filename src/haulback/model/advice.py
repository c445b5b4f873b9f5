"""What is wrong with a target as it is, in the result shape of the Supabase advisors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from haulback.errors import Exit


class AdviceLevel(StrEnum):
    """How bad it is; in the advisors' own spelling."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"

    @property
    def rank(self) -> int:
        return list(AdviceLevel).index(self)


class Category(StrEnum):
    """What it is about."""

    SECURITY = "SECURITY"
    PERFORMANCE = "PERFORMANCE"


class Facing(StrEnum):
    """Whose matter it is: the platform's or its user's."""

    INTERNAL = "INTERNAL"
    EXTERNAL = "EXTERNAL"


class Looked(StrEnum):
    """Whether a lint could look. What could not be looked at is unknown, never clean."""

    RAN = "ran"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Advice:
    """One finding of one lint.

    Attributes:
        name: of the lint.
        detail: what was found, with the objects named.
        remediation: what to do about it, with SQL where that can be given.
        metadata: the objects, for programs.
        cache_key: names the finding for good, to ignore it by.
    """

    name: str
    title: str
    level: AdviceLevel
    facing: Facing
    categories: tuple[Category, ...]
    description: str
    detail: str
    remediation: str
    metadata: Mapping[str, Any]
    cache_key: str


@dataclass(frozen=True, slots=True)
class LintAnswer:
    """What one lint came to.

    Attributes:
        reason: why it is unknown or not applicable; empty where it ran.
        found: findings; there may be some beside an unknown, when it saw a part.
    """

    name: str
    title: str
    level: AdviceLevel
    looked: Looked
    reason: str = ""
    found: tuple[Advice, ...] = ()


@dataclass(frozen=True)
class AdviceReport:
    """Everything that was found out about a target.

    Attributes:
        exposed: the schemas that counted as served by the API.
        answers: of every lint that was asked, those that do not apply included.
        findings: the worst first; what is ignored is not among them.
        ignored: findings that somebody ignores.
        unmatched: keys to ignore that match nothing.
        notes: what a person should know besides.
    """

    target: str
    exposed: tuple[str, ...] = ()
    answers: tuple[LintAnswer, ...] = ()
    findings: tuple[Advice, ...] = ()
    ignored: tuple[Advice, ...] = ()
    unmatched: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ending(self) -> Exit:
        """Refused where an ERROR was found, unverified where none was but a lint of that level could not look."""
        if any(one.level is AdviceLevel.ERROR for one in self.findings):
            return Exit.REFUSED
        if any(one.looked is Looked.UNKNOWN and one.level is AdviceLevel.ERROR for one in self.answers):
            return Exit.UNVERIFIED
        return Exit.DONE

    def counted(self, looked: Looked) -> int:
        """How many lints came to that."""
        return Counter(one.looked for one in self.answers)[looked]
