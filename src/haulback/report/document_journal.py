"""The journal told to a program."""

from __future__ import annotations

from typing import Any

from haulback.errors import Exit
from haulback.model.deployment import Deployment, Entry
from haulback.report import digest
from haulback.report.plain import cleaned
from haulback.report.subjects import Situation


def situation(now: Situation) -> dict[str, Any]:
    """The document of `haulback status`."""
    ending = Exit.DONE if now.server.answers else Exit.ERROR
    return cleaned(
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


def listed(target: str, deployments: tuple[Deployment, ...]) -> dict[str, Any]:
    """The document of `haulback log` without a number."""
    return cleaned({"ok": True, "exit": 0, "target": target, "deployments": [brief(one) for one in deployments]})


def told(deployment: Deployment) -> dict[str, Any]:
    """The document of `haulback log NUMBER`."""
    return cleaned(
        {
            "ok": True,
            "exit": 0,
            "target": deployment.target,
            **brief(deployment),
            "login": deployment.login,
            "host": deployment.host,
            "pid": deployment.pid,
            "steps": steps(deployment),
            "migrations": migrations(deployment),
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


def steps(deployment: Deployment) -> list[dict[str, Any]]:
    """Each step, with how it ended."""
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


def migrations(deployment: Deployment) -> list[dict[str, Any]]:
    """Each migration, with how it ended."""
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
