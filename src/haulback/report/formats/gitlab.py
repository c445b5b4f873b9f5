"""For a merge request of GitLab: a Code Quality report, the subset of Code Climate's format that GitLab reads.

A finding needs a place there, so what is unknown, or refuses a deployment besides hazards, is put at the first file.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from haulback.model.hazard import Hazard, Level
from haulback.report.formats._format import Format
from haulback.report.hazard_keys import keys, posix, worst_first
from haulback.report.plain import clean, plain
from haulback.report.subjects import LintSubject, PlanSubject

# GitLab's words, from the least: info, minor, major, critical, blocker.
_SEVERITIES = {Level.NOTE: "info", Level.WARN: "major", Level.BLOCK: "blocker"}
_NOWHERE = "haulback.toml"


def _hazards(subject: LintSubject) -> str:
    return _written(_findings(subject))


def _plan(subject: PlanSubject) -> str:
    found = [_finding("refused", one, "blocker", _place(subject.hazards)) for one in subject.blocking_besides]
    if subject.hazards is None:
        return _written([*found, _finding("unknown", "the hazards were not looked for", "info", _NOWHERE)])
    return _written([*found, *_findings(subject.hazards)])


def _findings(subject: LintSubject) -> list[dict[str, Any]]:
    found = worst_first(subject.hazards)
    unknown = [_finding("unknown", one, "info", _place(subject)) for one in subject.problems]
    return [_hazard(one, key) for one, key in zip(found, keys(found), strict=True)] + unknown


def _place(subject: LintSubject | None) -> str:
    return posix(subject.hazards[0].file) if subject and subject.hazards else _NOWHERE


def _hazard(one: Hazard, key: str) -> dict[str, Any]:
    return {
        "description": plain(f"{one.told}. {one.advice}" if one.advice else one.told),
        "check_name": one.id,
        "fingerprint": key,
        "severity": "minor" if one.accepted else _SEVERITIES[one.level],
        "location": {"path": posix(one.file), "lines": {"begin": one.line}},
    }


def _finding(name: str, text: str, severity: str, place: str) -> dict[str, Any]:
    told = plain(f"{name}: {text}")
    return {
        "description": told,
        "check_name": name,
        "fingerprint": hashlib.sha256(told.encode()).hexdigest()[:32],
        "severity": severity,
        "location": {"path": place, "lines": {"begin": 1}},
    }


def _written(findings: list[dict[str, Any]]) -> str:
    return json.dumps(clean(findings), indent=2) + "\n"


FORMAT = Format("gitlab", (), _plan, None, _hazards, in_repository=True)
