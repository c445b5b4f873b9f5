"""Use case: the hazards of a plan for its target, with what is known of the target and what the shadow told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import psycopg

from haulback.app import contracting, linting
from haulback.deploy.progress import Progress
from haulback.errors import Exit, HaulbackError, UsageError
from haulback.hazards.linting import lint, rules
from haulback.hazards.names import dotted
from haulback.hazards.scanning import Text
from haulback.model.hazard import Hazard, Known, Level
from haulback.model.migration import Plan
from haulback.model.rehearsal import Rehearsal
from haulback.model.schema import Schema
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.session import server
from haulback.pg.sizes import sizes
from haulback.report.subjects import LintSubject

_MOST = 5  # warnings told one by one while deploying


class HazardBlocks(HaulbackError):
    template = "{count} blocking: {first}"
    hint_template = "{advice}"
    exit_code = Exit.REFUSED


class HazardsUnknown(HaulbackError):
    template = "not every hazard could be looked for: {problems}"
    hint_template = 'Mend that, or let the target\'s policy accept it: accept_unknown = ["hazards"].'
    exit_code = Exit.REFUSED


def found(
    settings: Settings,
    target: Target,
    connection: psycopg.Connection,
    plan: Plan,
    before: Schema | None,
    rehearsal: Rehearsal | None,
    accept: Iterable[str] = (),
) -> LintSubject:
    """The hazards of a plan's files on this target; reads only.

    Args:
        settings: of the project.
        target: whose environment, policy and tables count.
        connection: to it.
        plan: what is pending.
        before: the target's schema, where it was read.
        rehearsal: what the shadow told, where it was asked.
        accept: ids that are accepted for this deployment.

    Raises:
        UsageError: an id is that of no hazard.
    """
    accepted = frozenset(accept)
    if unknown := sorted(accepted - rules().keys()):
        raise UsageError(
            problem=f"there is no hazard {', '.join(unknown)}", hint="`haulback lint --list` names them all."
        )
    levels = linting.levels(target.environment, settings.hazards, target.policy.hazards)
    there = replace(
        known(settings, connection, before, rehearsal), contract=contracting.differences(settings, plan, rehearsal)
    )
    subject = linting.subject(lint(_texts(plan), there, levels))
    if rehearsal is not None and rehearsal.unasked:
        subject = replace(subject, problems=(*subject.problems, rehearsal.unasked))
    return linting.accepted(subject, accepted)


def unknown(target: Target, subject: LintSubject) -> tuple[str, ...]:
    """What could not be looked at, where the target's policy wants to know."""
    policy = target.policy
    return subject.problems if policy.unknown_blocks and "hazards" not in policy.accept_unknown else ()


def require(target: Target, subject: LintSubject, progress: Progress) -> None:
    """Tells warnings, and refuses what blocks.

    Raises:
        HazardBlocks: with the first of them, and how to go on.
        HazardsUnknown: something could not be looked at, and the target's policy wants to know.
    """
    for problem in subject.problems:
        progress.note(f"unknown: {problem}")
    told = [one for one in subject.hazards if one.level is Level.WARN or one.accepted]
    for one in told[:_MOST]:
        progress.note(f"{_place(one)}: {one.told} [{one.id}]{', accepted' if one.accepted else ''}")
    if len(told) > _MOST:
        progress.note(f"{len(told) - _MOST} more warnings; `haulback lint` or `haulback plan` lists them")
    blocking = subject.blocking
    if blocking:
        first = blocking[0]
        ids = " ".join(f"--accept {id_}" for id_ in dict.fromkeys(one.id for one in blocking))
        safe = "`haulback plan --rewrite` shows the safe way. " if any(one.rewrite for one in blocking) else ""
        more = f" and {len(blocking) - 1} more" if len(blocking) > 1 else ""
        raise HazardBlocks(
            count="a hazard is" if len(blocking) == 1 else f"{len(blocking)} hazards are",
            first=f"{_place(first)}: {first.told} [{first.id}]{more}",
            advice=f"{safe}`haulback plan` tells them all; mend the file, or accept them for this deployment: {ids}.",
        )
    if problems := unknown(target, subject):
        raise HazardsUnknown(problems="; ".join(problems))


def known(
    settings: Settings, connection: psycopg.Connection, before: Schema | None, rehearsal: Rehearsal | None
) -> Known:
    """What is known of a target; reads only."""
    return Known(
        role=connection.info.user,
        schema=before,
        rehearsal=rehearsal,
        sizes={dotted(*name): size for name, size in sizes(connection).items()},
        major=server(connection).major,
        budget=settings.lock_budget,
        exposed=settings.exposed,
    )


def _texts(plan: Plan) -> list[Text]:
    return [Text(one.script.path, one.script.text, label=one.label) for one in plan.migrations]


def _place(one: Hazard) -> str:
    return f"{one.file.name}:{one.line}"
