"""A deployment, a plan and checks told to a program.

The documents of this room are the fields of `--json`, without the leading `schema`. docs/json.md explains them. Every
text in them is redacted here, before it is encoded.
"""

from __future__ import annotations

from typing import Any

from haulback.errors import Exit
from haulback.migrations import plan_file
from haulback.model.capture_cost import CaptureEstimate
from haulback.model.check import CheckResult
from haulback.model.outcome import Outcome
from haulback.model.rehearsal import Rehearsal
from haulback.report import digest, document_hazards, document_journal
from haulback.report.plain import cleaned
from haulback.report.subjects import PlanSubject

SCHEMA = "haulback/1"


def deployed(outcome: Outcome, ending: Exit = Exit.DONE) -> dict[str, Any]:
    """The document of `haulback deploy` and `haulback rollback`.

    Args:
        outcome: what happened.
        ending: the exit code of the command.
    """
    one = outcome.deployment
    return cleaned(
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
            "steps": document_journal.steps(one) if one else [],
            "migrations": document_journal.migrations(one) if one else [],
            "checks": [_check(result) for result in outcome.checks],
            "rehearsal": _rehearsal(outcome.rehearsal),
            "notes": list(outcome.notes),
        }
    )


def planned(subject: PlanSubject) -> dict[str, Any]:
    """The document of `haulback plan`: the saved form of the plan, and what was found out about it."""
    ending = Exit.REFUSED if subject.blocking else Exit.DONE
    document = {key: value for key, value in plan_file.to_json(subject.plan).items() if key != "schema"}
    return cleaned(
        {
            "ok": ending is Exit.DONE,
            "exit": int(ending),
            **document,
            "rehearsal": _rehearsal(subject.rehearsal),
            "capture": None if subject.capture is None else _capture(subject.capture),
            "checks": None if subject.checks is None else [_check(result) for result in subject.checks],
            "hazards": None if subject.hazards is None else document_hazards.fields(subject.hazards),
            "blocking": list(subject.blocking),
            "notes": list(subject.remarks),
            "saved": subject.saved or None,
        }
    )


def checked(target: str, results: tuple[CheckResult, ...]) -> dict[str, Any]:
    """The document of `haulback preflight`."""
    ending = Exit.REFUSED if any(one.blocks for one in results) else Exit.DONE
    return cleaned(
        {
            "ok": ending is Exit.DONE,
            "exit": int(ending),
            "target": target,
            "checks": [_check(one) for one in results],
            "blocking": [one.id for one in results if one.blocks],
        }
    )


def _check(result: CheckResult) -> dict[str, Any]:
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
