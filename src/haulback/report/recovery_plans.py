"""The plan of a recovery, told to a person and to a program."""

from __future__ import annotations

from typing import Any

from haulback.model.drill import DrillVerdict
from haulback.model.recovery_plan import Loss, RecoveryPlan
from haulback.report.plain import aged, clean, lasting, plain


def document(plan: RecoveryPlan) -> dict[str, Any]:
    """The document of `haulback dr plan`."""
    return {
        "ok": True,
        "exit": 0,
        "target": clean(plan.target),
        "environment": plan.environment,
        "at": plan.at.isoformat(),
        "store": clean(plan.store),
        "newest_proved": plan.newest or None,
        "age_seconds": None if plan.age is None else round(plan.age),
        "rpo_objective": plan.loss_objective,
        "losses": [
            {
                "scenario": one.scenario,
                "title": one.title,
                "rto_objective": one.objective,
                "verdict": one.verdict.value if one.verdict else None,
                "rto_seconds": one.measured,
                "rpo_seconds": one.lost,
                "drilled_at": one.drilled_at.isoformat() if one.drilled_at else None,
                "old": one.old,
                "commands": list(one.commands),
                "missing": clean(one.missing) or None,
            }
            for one in plan.losses
        ],
        "contacts": clean(list(plan.contacts)),
        "gaps": clean(list(plan.gaps)),
    }


def told(plan: RecoveryPlan) -> str:
    """The plan in Markdown, to be printed and kept where the database is not."""
    proved = f"`{plan.newest}`, {aged(plan.age)}" if plan.age is not None else "none"
    lines = [
        f"# Recovery of {plain(plan.target)} ({plan.environment})",
        "",
        f"Made {plan.at:%Y-%m-%d %H:%M} UTC. Backups: {plain(plan.store)}. Newest proved: {proved}.",
        f"Writes of at most {lasting(plan.loss_objective)} may be lost.",
        "",
        "## Call",
        "",
        *([f"{number}. {plain(one)}" for number, one in enumerate(plan.contacts, start=1)] or ["Nobody is named."]),
    ]
    for one in plan.losses:
        lines += _loss(one)
    if plan.gaps:
        lines += ["", "## Gaps", "", *(f"- {plain(one)}" for one in plan.gaps)]
    return "\n".join(lines) + "\n"


def _loss(loss: Loss) -> list[str]:
    lines = ["", f"## {loss.scenario}: {loss.title}", "", f"Allowed: {lasting(loss.objective)}. {_measured(loss)}"]
    if loss.missing:
        lines += ["", f"Not possible today: {plain(loss.missing)}."]
    return [*lines, "", "```console", *(f"$ {one}" for one in loss.commands), "```"]


def _measured(loss: Loss) -> str:
    if loss.drilled_at is None:
        return "Never practised."
    took = "it did not come to its end" if loss.measured is None else f"{loss.measured:.1f} s"
    if loss.verdict is DrillVerdict.UNKNOWN:
        took = "unknown" if loss.measured is None else f"unknown, though it took {loss.measured:.1f} s"
    lost = "" if loss.lost is None else f", writes of {loss.lost:.1f} s lost"
    old = ", too long ago to rely on" if loss.old else ""
    return f"Practised {loss.drilled_at:%Y-%m-%d}{old}: {took}{lost}."
