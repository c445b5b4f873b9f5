"""A target and its journal told to a person."""

from __future__ import annotations

from haulback.model.deployment import Deployment, Entry
from haulback.report import digest
from haulback.report.columns import aligned
from haulback.report.plain import plain
from haulback.report.subjects import Situation


def situation(now: Situation) -> str:
    """The text of `haulback status`."""
    server = now.server
    kind = "embedded server" if server.embedded else "server"
    lines = [f"{plain(now.target)} ({plain(now.environment)})"]
    if not server.answers:
        return "\n".join([*lines, f"  {kind}: {plain(server.problem)}"]) + "\n"
    where = f"PostgreSQL {server.version}, database {plain(server.database)}, as {plain(server.user)}"
    lines.append(f"  {kind}: {where}")
    if now.api:
        lines.append(f"  API: {plain(now.api)}")
    lines.append(f"  deployment lock: {plain(now.holder) if now.holder else 'free'}")
    if not now.deployments:
        return "\n".join([*lines, "  no deployment yet"]) + "\n"
    lines += ["", "deployments", *_rows(now.deployments)]
    lines += [f"  {one.number}: {plain(advice)}" for one in now.deployments if (advice := now.advice(one))]
    return "\n".join(lines) + "\n"


def listed(deployments: tuple[Deployment, ...]) -> str:
    """The text of `haulback log` without a number."""
    return "\n".join(_rows(deployments)) + "\n" if deployments else "no deployment yet\n"


def told(deployment: Deployment) -> str:
    """The journal of one deployment, entry by entry."""
    who = f"by {plain(deployment.login)} from {plain(deployment.host)}, process {deployment.pid}"
    lines = [
        f"deployment {deployment.number}: {deployment.state}, plan {deployment.plan_hash[:12]}",
        f"  begun {deployment.begun_at:%Y-%m-%d %H:%M:%S %Z} {who}",
        "",
        *aligned([_entry(one) for one in deployment.entries]),
    ]
    return "\n".join(lines) + "\n"


def _rows(deployments: tuple[Deployment, ...]) -> list[str]:
    return aligned(
        [
            (
                one.number,
                f"{one.begun_at:%Y-%m-%d %H:%M:%S %Z}",
                one.state,
                f"{digest.seconds(one):.2f} s",
                digest.problem(one),
            )
            for one in deployments
        ]
    )


def _entry(entry: Entry) -> tuple[str, str, str, str]:
    what = f"{entry.step} {entry.unit}".strip()
    return f"{entry.at:%H:%M:%S.%f}"[:-3], what, entry.event.value, digest.noted(entry.detail)
