"""What is told to a program: the fields of `--json`, without the leading `schema`. docs/json.md explains them.

Every text in them is redacted here, before it is encoded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from haulback.errors import Exit
from haulback.migrations import plan_file
from haulback.model.advice import Advice, AdviceReport
from haulback.model.capture_cost import CaptureEstimate
from haulback.model.check import CheckResult
from haulback.model.deployment import Deployment, Entry
from haulback.model.hazard import Hazard, HazardKind
from haulback.model.history_replay import HistoryReplay, Reversal
from haulback.model.outcome import Outcome
from haulback.model.rehearsal import Rehearsal
from haulback.report import digest
from haulback.report.hazard_pages import page
from haulback.report.plain import clean
from haulback.report.subjects import Finding, LintSubject, PlanSubject, Situation

SCHEMA = "haulback/1"


def deployed(outcome: Outcome, ending: Exit = Exit.DONE) -> dict[str, Any]:
    """The document of `haulback deploy` and `haulback rollback`.

    Args:
        outcome: what happened.
        ending: the exit code of the command.
    """
    one = outcome.deployment
    return _cleaned(
        {
            "ok": ending is Exit.DONE,
            "exit": int(ending),
            "deployment": one.number if one else None,
            "state": one.state.value if one else "nothing pending",
            "seconds": round(outcome.seconds, 3),
            "resumed": outcome.resumed,
            "target": one.target if one else None,
            "environment": one.environment if one else None,
            "plan_hash": one.plan_hash if one else None,
            "begun_at": one.begun_at.isoformat() if one else None,
            "problem": digest.problem(one) or None if one else None,
            "steps": _steps(one) if one else [],
            "migrations": _migrations(one) if one else [],
            "checks": [check(result) for result in outcome.checks],
            "rehearsal": _rehearsal(outcome.rehearsal),
            "notes": list(outcome.notes),
        }
    )


def planned(subject: PlanSubject) -> dict[str, Any]:
    """The document of `haulback plan`: the saved form of the plan, and what was found out about it."""
    ending = Exit.REFUSED if subject.blocking else Exit.DONE
    document = {key: value for key, value in plan_file.to_json(subject.plan).items() if key != "schema"}
    return _cleaned(
        {
            "ok": ending is Exit.DONE,
            "exit": int(ending),
            **document,
            "rehearsal": _rehearsal(subject.rehearsal),
            "capture": None if subject.capture is None else _capture(subject.capture),
            "checks": None if subject.checks is None else [check(result) for result in subject.checks],
            "hazards": None if subject.hazards is None else _linted(subject.hazards),
            "blocking": list(subject.blocking),
            "notes": list(subject.remarks),
            "saved": subject.saved or None,
        }
    )


def linted(subject: LintSubject) -> dict[str, Any]:
    """The document of `haulback lint`."""
    ending = Exit.REFUSED if subject.blocking else Exit.DONE
    return _cleaned({"ok": ending is Exit.DONE, "exit": int(ending), **_linted(subject)})


def hazard_kinds(kinds: tuple[HazardKind, ...]) -> dict[str, Any]:
    """The document of `haulback lint --list`."""
    return _cleaned({"ok": True, "exit": 0, "kinds": [_kind(one) for one in kinds]})


def hazard_page(kind: HazardKind) -> dict[str, Any]:
    """The document of `haulback lint --explain`."""
    return _cleaned({"ok": True, "exit": 0, **_kind(kind), "page": page(kind.id) or None})


def _kind(one: HazardKind) -> dict[str, Any]:
    return {"id": one.id, "level": one.level.value, "family": one.family, "title": one.title}


def _linted(subject: LintSubject) -> dict[str, Any]:
    return {
        "files": subject.files,
        "statements": subject.statements,
        "silenced": subject.silenced,
        "hazards": [_hazard(one) for one in subject.hazards],
        "unknown": list(subject.problems),
    }


def _hazard(one: Hazard) -> dict[str, Any]:
    return {
        "id": one.id,
        "level": one.level.value,
        "file": str(one.file),
        "line": one.line,
        "column": one.column,
        "end_line": one.end_line,
        "told": one.told,
        "subject": one.subject or None,
        "advice": one.advice or None,
        "rewrite": one.rewrite or None,
        "source": one.source.value,
        "seconds": None if one.seconds is None else round(one.seconds, 3),
        "accepted": one.accepted,
        "cache_key": one.cache_key,
    }


def checked(target: str, results: tuple[CheckResult, ...]) -> dict[str, Any]:
    """The document of `haulback preflight`."""
    ending = Exit.REFUSED if any(one.blocks for one in results) else Exit.DONE
    return _cleaned(
        {
            "ok": ending is Exit.DONE,
            "exit": int(ending),
            "target": target,
            "checks": [check(one) for one in results],
            "blocking": [one.id for one in results if one.blocks],
        }
    )


def advised(report: AdviceReport) -> dict[str, Any]:
    """The document of `haulback advise`."""
    return _cleaned(
        {
            "ok": report.ending is Exit.DONE,
            "exit": int(report.ending),
            "target": report.target,
            "exposed_schemas": list(report.exposed),
            "findings": [_advice(one) for one in report.findings],
            "ignored": [_advice(one) for one in report.ignored],
            "unmatched": list(report.unmatched),
            "lints": [
                {
                    "name": one.name,
                    "title": one.title,
                    "level": one.level.value,
                    "looked": one.looked.value,
                    "reason": one.reason or None,
                    "found": len(one.found),
                }
                for one in report.answers
            ],
            "notes": list(report.notes),
        }
    )


def _advice(one: Advice) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "level": one.level.value,
        "facing": one.facing.value,
        "categories": [category.value for category in one.categories],
        "description": one.description,
        "detail": one.detail,
        "remediation": one.remediation,
        "metadata": dict(one.metadata),
        "cache_key": one.cache_key,
    }


def situation(now: Situation) -> dict[str, Any]:
    """The document of `haulback status`."""
    ending = Exit.DONE if now.server.answers else Exit.ERROR
    return _cleaned(
        {
            "ok": ending is Exit.DONE,
            "exit": int(ending),
            "target": now.target,
            "environment": now.environment,
            "server": {
                "embedded": now.server.embedded,
                "answers": now.server.answers,
                "version": now.server.version or None,
                "user": now.server.user or None,
                "database": now.server.database or None,
                "problem": now.server.problem or None,
                "hint": now.server.hint or None,
            },
            "api": now.api,
            "journal": now.journal,
            "holder": now.holder or None,
            "deployments": [{**brief(one), "advice": now.advice(one) or None} for one in now.deployments],
        }
    )


def examined(findings: tuple[Finding, ...]) -> dict[str, Any]:
    """The document of `haulback doctor`."""
    ending = Exit.ERROR if any(one.breaks for one in findings) else Exit.DONE
    return _cleaned(
        {
            "ok": ending is Exit.DONE,
            "exit": int(ending),
            "findings": [
                {
                    "area": one.area,
                    "name": one.name,
                    "outcome": one.outcome.value,
                    "told": one.told,
                    "hint": one.hint,
                    "essential": one.essential,
                }
                for one in findings
            ],
        }
    )


def listed(target: str, deployments: tuple[Deployment, ...]) -> dict[str, Any]:
    """The document of `haulback log` without a number."""
    return _cleaned({"ok": True, "exit": 0, "target": target, "deployments": [brief(one) for one in deployments]})


def told(deployment: Deployment) -> dict[str, Any]:
    """The document of `haulback log NUMBER`."""
    return _cleaned(
        {
            "ok": True,
            "exit": 0,
            "target": deployment.target,
            **brief(deployment),
            "login": deployment.login,
            "host": deployment.host,
            "pid": deployment.pid,
            "steps": _steps(deployment),
            "migrations": _migrations(deployment),
            "entries": [_entry(one) for one in deployment.entries],
        }
    )


def brief(deployment: Deployment) -> dict[str, Any]:
    """A deployment in a list."""
    return {
        "deployment": deployment.number,
        "id": str(deployment.id),
        "state": deployment.state.value,
        "plan_hash": deployment.plan_hash,
        "begun_at": deployment.begun_at.isoformat(),
        "seconds": round(digest.seconds(deployment), 3),
        "problem": digest.problem(deployment) or None,
    }


def check(result: CheckResult) -> dict[str, Any]:
    """One check's answer."""
    return {
        "id": result.id,
        "title": result.title,
        "outcome": result.outcome.value,
        "figure": result.figure,
        "threshold": result.threshold,
        "hint": result.hint,
        "blocks": result.blocks,
        "informational": result.informational,
    }


def _steps(deployment: Deployment) -> list[dict[str, Any]]:
    return [
        {
            "step": one.id,
            "ended": one.ended.value,
            "seconds": one.seconds,
            "problem": one.problem or None,
            "unknown": list(one.unknown),
            "noted": dict(one.noted),
        }
        for one in digest.steps(deployment)
    ]


def _migrations(deployment: Deployment) -> list[dict[str, Any]]:
    return [
        {"version": one.version, "name": one.name, "ended": one.ended.value} for one in digest.migrations(deployment)
    ]


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "sequence": entry.sequence,
        "at": entry.at.isoformat(),
        "step": entry.step,
        "event": entry.event.value,
        "unit": entry.unit,
        "detail": dict(entry.detail),
    }


def _rehearsal(found: Rehearsal | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "major": found.major,
        "seconds": round(found.seconds, 3),
        "reversible": found.reversible,
        "problems": list(found.problems),
        "changes": list(found.difference.lines()),
        "statements": [
            {
                "migration": one.migration,
                "line": one.line,
                "kind": one.kind,
                "milliseconds": round(one.milliseconds, 3),
                "locks": [{"relation": relation, "mode": mode} for relation, mode in one.locks],
                "rewritten": list(one.rewritten),
                "scanned": list(one.scanned),
                "built": list(one.built),
            }
            for one in found.statements
        ],
        "units": [
            {
                "migration": one.migration,
                "locks": [{"relation": relation, "mode": mode} for relation, mode in one.locks],
                "rewritten": list(one.rewritten),
                "written": [
                    {"table": table, "inserted": inserted, "updated": updated, "deleted": deleted}
                    for table, inserted, updated, deleted in one.written
                ],
            }
            for one in found.units
        ],
        "widened": [{"what": what, "proved": proved} for what, proved in found.widened],
        "notes": list(found.notes),
    }


def _capture(found: CaptureEstimate) -> dict[str, Any]:
    return {
        "kept": [
            {
                "kind": one.kind.value,
                "table": one.identity,
                "columns": list(one.columns),
                "rows": one.rows,
                "disk": one.disk,
                "wal": one.wal,
                "seconds": round(one.seconds, 3),
                "locked": round(one.locked, 4),
                "back": round(one.back, 3),
                "bound": one.bound,
            }
            for one in found.costs
        ],
        "unmeasured": list(found.unmeasured),
        "rows": found.rows,
        "disk": found.disk,
        "wal": found.wal,
        "seconds": round(found.seconds, 3),
        "locked": round(found.locked, 4),
        "back": round(found.back, 3),
        "bound": found.bound,
    }


def _cleaned(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: clean(value) for key, value in document.items()}


def replayed(subject: HistoryReplay) -> dict[str, Any]:
    """The document of `haulback rehearse --history`."""
    ending = Exit.DONE if subject.ok else Exit.REFUSED
    return _cleaned(
        {
            "ok": subject.ok,
            "exit": int(ending),
            "files": len(subject.files),
            "applied": subject.applied,
            "changed_schema": subject.changed,
            "reversed_exactly": len(subject.of(Reversal.EXACT)),
            "reversed_except_column_order": len(subject.of(Reversal.COLUMN_ORDER)),
            "irreversible": [
                {"version": one.version, "reason": one.reason} for one in subject.of(Reversal.IRREVERSIBLE)
            ],
            "failed": [{"version": one.version, "error": one.reason} for one in subject.of(Reversal.FAILED)],
            "seconds": round(subject.seconds, 3),
            "judge": subject.judge,
            "major": subject.major,
            "platform": subject.platform,
        }
    )
