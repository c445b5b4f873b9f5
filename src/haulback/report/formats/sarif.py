"""For code scanning: SARIF 2.1.0 (OASIS), with the properties that GitHub reads.

A result's place is named from the root of the repository; its rule brings the page of the hazard along, so that it is
read where the result is.
"""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from haulback import __version__
from haulback.model.hazard import Hazard, HazardKind, Level
from haulback.redact import redact
from haulback.report.formats._format import Format
from haulback.report.hazard_keys import keys, posix, worst_first
from haulback.report.hazard_pages import page
from haulback.report.plain import clean, plain
from haulback.report.subjects import LintSubject, PlanSubject

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Level.NOTE: "note", Level.WARN: "warning", Level.BLOCK: "error"}


def _hazards(subject: LintSubject) -> str:
    return _written("lint", subject, [])


def _plan(subject: PlanSubject) -> str:
    """The hazards of the pending files; what else refuses a deployment has no place in a file and is a notification."""
    refusals = [_notification(one, "error") for one in subject.blocking_besides]
    if subject.hazards is None:
        return _written("plan", LintSubject((), {}, problems=("the hazards were not looked for",)), refusals)
    return _written("plan", subject.hazards, refusals)


def _written(run: str, subject: LintSubject, notifications: list[dict[str, Any]]) -> str:
    notifications = notifications + [_notification(f"unknown: {one}", "warning") for one in subject.problems]
    found = worst_first(subject.hazards)
    ids = sorted({one.id for one in found})
    document = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Haulback",
                        "version": __version__,
                        "rules": [_rule(id_, subject.kinds.get(id_)) for id_ in ids],
                    }
                },
                # Code scanning keeps what stands before the last slash apart: a lint does not close a plan's alerts.
                "automationDetails": {"id": f"haulback/{run}/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
                "results": [_result(one, key, ids.index(one.id)) for one, key in zip(found, keys(found), strict=True)],
            }
        ],
    }
    return json.dumps(clean(document), indent=2) + "\n"


def _rule(id_: str, kind: HazardKind | None) -> dict[str, Any]:
    title = f"{kind.title}." if kind else f"{id_}."
    text = page(id_) or title
    return {
        "id": id_,
        "name": "".join(word.capitalize() for word in id_.split("-")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": title},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": _LEVELS[kind.level if kind else Level.WARN]},
        "properties": {"tags": ["sql", "migration", *([kind.family] if kind else [])]},
    }


def _result(one: Hazard, key: str, rule: int) -> dict[str, Any]:
    region = {"startLine": one.line, "startColumn": one.column, "endLine": max(one.line, one.end_line)}
    place = {"artifactLocation": {"uri": uri(one.file)}}
    result: dict[str, Any] = {
        "ruleId": one.id,
        "ruleIndex": rule,
        "level": _LEVELS[one.level],
        "message": {"text": plain(f"{one.told}. {one.advice}" if one.advice else one.told)},
        "locations": [{"physicalLocation": {**place, "region": region}}],
        "partialFingerprints": {"haulbackHazard/v1": key},
    }
    if one.accepted:
        result["suppressions"] = [{"kind": "external", "justification": "accepted for this deployment"}]
    if one.replaces and one.rewrite and redact(one.rewrite) == one.rewrite:
        result["fixes"] = [_fix(one, place)]
    return result


def _fix(one: Hazard, place: dict[str, Any]) -> dict[str, Any]:
    """The rewrite in the place of the whole statement, whose semicolon stays."""
    assert one.replaces is not None  # noqa: S101 - the caller looked
    names = ("startLine", "startColumn", "endLine", "endColumn")
    replacement = {
        "deletedRegion": dict(zip(names, one.replaces, strict=True)),
        "insertedContent": {"text": one.rewrite.strip().removesuffix(";")},
    }
    return {
        "description": {"text": "Put the safe rewrite in its place."},
        "artifactChanges": [{**place, "replacements": [replacement]}],
    }


def _notification(text: str, level: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": plain(text)}}


def uri(file: PurePath) -> str:
    """A relative reference as RFC 3986 has it, whatever bytes are in the name; a `file:` URI where it is absolute."""
    encoded = quote(posix(file).encode(errors="surrogateescape"), safe="/")
    return f"file://{encoded}" if file.is_absolute() else encoded


FORMAT = Format("sarif", (".sarif",), _plan, None, _hazards, in_repository=True)
