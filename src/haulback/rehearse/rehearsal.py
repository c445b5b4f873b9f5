"""Runs a plan for real on a shadow: forward, back, forward again, each compared.

It is the pipeline itself that runs there, on a target that happens to be a shadow: no second code path.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from time import perf_counter

from haulback.clock import Clock
from haulback.deploy import copies, moves, pipeline
from haulback.deploy.context import Context
from haulback.deploy.errors import DeploymentFailed, RollbackIncomplete
from haulback.deploy.steps.order import STEPS
from haulback.deploy.steps.step import Step
from haulback.errors import Exit, HaulbackError
from haulback.model.contract import Difference, Surface
from haulback.model.migration import Plan, Unit
from haulback.model.rehearsal import Rehearsal, UnitTrace
from haulback.model.requests import RecordedRequest
from haulback.model.sample import Sample
from haulback.model.schema import Schema, SchemaDifference, compare
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.catalog.survivors import transposed
from haulback.rehearse import asking, kept, rows
from haulback.rehearse.shadow import Shadow
from haulback.rehearse.stage import Stage, asks_graphql
from haulback.rehearse.tracing import Tracer
from haulback.verify.reach import Baseline, widenings

_NAMED = 5  # differences told one by one


class RewriteDiffers(HaulbackError):
    template = "the rewritten files do not end where the files as written end: {differences}"
    hint_template = "Leave --rewrite out, or write the safe way yourself; nothing was touched."
    exit_code = Exit.REFUSED


class RehearsalFailed(HaulbackError):
    template = "the rehearsal failed: {problem}"
    hint_template = "{advice} On the target it would have failed in the same place; nothing was touched."
    exit_code = Exit.REFUSED


def rehearse(
    settings: Settings,
    target: Target,
    plan: Plan,
    before: Schema,
    sample: Sample,
    major: int,
    clock: Clock,
    requests: Sequence[RecordedRequest] = (),
) -> Rehearsal:
    """Returns what the shadow told, now or the last time that everything was the same.

    Args:
        settings: for home and lock budget.
        target: whose role and database name the shadow takes on.
        plan: what to run.
        before: the target's schema.
        sample: rows for the shadow.
        major: of the target's server.
        clock: for the pauses of the pipeline.
        requests: of clients, to be asked before and after.

    Raises:
        RehearsalFailed: the plan does not run.
        RewriteDiffers: rewritten files end in another schema than the files as written.
        ShadowBusy: another rehearsal is under way.
    """
    shadow = Shadow(settings.home, major)
    asked = asking.key(settings.exposed, settings.api, requests) + str(asks_graphql(settings.api, target, before))
    name = kept.key(plan, before, sample, shadow.major, target.parameters.get("user", ""), asked)
    found = kept.load(settings.home, name)
    if found is None:
        found = _played(settings, target, plan, before, sample, major, clock, requests)
        kept.save(settings.home, name, found)
    return found


def _played(
    settings: Settings,
    target: Target,
    plan: Plan,
    before: Schema,
    sample: Sample,
    major: int,
    clock: Clock,
    requests: Sequence[RecordedRequest],
) -> Rehearsal:
    begun = perf_counter()
    shadow = Shadow(settings.home, major)
    tracer = Tracer()
    with shadow.opened() as running:
        image = shadow.image(running, before, sample)
        stage = Stage(shadow, running, image, before, settings, target, plan, clock)
        asked = asking.Asking(stage, requests)
        first = _forward(stage, tracer, asked)
        there, after = first.before, first.after
        rewrites = _proved(stage, after) if plan.rewritten else ()
        changes = _changed(there, tracer.units, plan)
        problems, changes, emptied = _back_and_forth(stage, there, after, changes)
    return Rehearsal(
        plan_hash=plan.hash,
        before=there,
        after=after,
        difference=compare(there, after),
        reversible=not problems,
        statements=tuple(tracer.statements),
        units=tuple(tracer.units),
        problems=problems,
        widened=first.widened,
        api=first.api,
        answers=first.answers,
        unasked=asked.problem,
        changes=changes,
        emptied=emptied,
        notes=(
            *rewrites,
            *first.unread,
            *_notes(before, there, major, shadow.major),
            *_heavy(compare(there, after)),
            *_skipped(sample),
        ),
        major=shadow.major,
        seconds=perf_counter() - begun,
    )


@dataclass(frozen=True)
class _First:
    """What the first run showed.

    Attributes:
        before, after: the schemas around it.
        widened: what the API's roles reach that they did not before.
        api: what it offers around it.
        answers: how recorded requests are answered otherwise.
        unread: what of the API's settings could not be read.
    """

    before: Schema
    after: Schema
    widened: tuple[tuple[str, bool], ...]
    api: tuple[Surface, Surface]
    answers: tuple[Difference, ...]
    unread: tuple[str, ...]


def _forward(stage: Stage, tracer: Tracer, asked: asking.Asking) -> _First:
    """The first run, without captures: it shows what there is to capture, what it opens, and whom it breaks."""
    copy = stage.copy()
    before, reach = stage.schema(copy), stage.reach(copy)
    offered, unread = stage.offered(copy)
    asked.before(copy)
    with ExitStack() as stack:
        _run(stage.context(stack, copy, traces=tracer), ("migrate",))
    widened = _widened(reach, stage.reach(copy, reach))
    after, still = stage.offered(copy)
    unread += tuple(f"after the plan, {one}" for one in still if one not in unread)
    return _First(before, stage.schema(copy), widened, (offered, after), asked.after(copy), unread)


def _proved(stage: Stage, after: Schema) -> tuple[str, ...]:
    """Runs the files as written, too: rewritten ones must end in the same schema. Returns what differs all the same.

    Raises:
        RewriteDiffers: something besides the order of columns does.
    """
    written = replace(stage, plan=stage.plan.as_written)
    copy = written.copy()
    with ExitStack() as stack:
        _run(written.context(stack, copy), ("migrate",))
    difference = compare(written.schema(copy), after)
    if difference and not difference.only_column_order:
        raise RewriteDiffers(differences="; ".join(difference.lines()[:_NAMED]))
    names = ", ".join(one.label for one in stage.plan.rewritten)
    proved = f"{names}: the rewritten text ends in the same schema as the file as written"
    return (proved, *(f"rewritten: {line.removeprefix('~ ')}" for line in difference.lines()[:_NAMED]))


def _widened(before: Baseline, after: Baseline) -> tuple[tuple[str, bool], ...]:
    return tuple((one.what, one.proved) for one in widenings(before, after))


def _changed(before: Schema, units: Sequence[UnitTrace], plan: Plan) -> tuple[str, ...]:
    """Tables from before whose rows the first run changed; capturing sees what it did not.

    What commits by itself cannot be tried again with others watched, nor be looked at before its commit: all tables
    are watched then, and those that it did not aim at are left out afterwards.
    """
    there = {key.identity for key in before.objects if key.kind == "table"}
    there = {one for one in there if not one.startswith("supabase_migrations.")}  # the history is ours to write
    if any(not unit.transactional for one in plan.migrations for unit in one.script.units if _runs(unit)):
        return tuple(sorted(there))
    written = {name for unit in units for name, *_ in unit.written}
    return tuple(sorted((written | {name for unit in units for name in unit.aimed_at}) & there))


def _runs(unit: Unit) -> bool:
    """Whether it may change rows, and not only build an index."""
    return any(statement.kind in {"do", "call", "select", "execute"} for statement in unit.statements)


def _back_and_forth(
    stage: Stage, before: Schema, after: Schema, changes: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Forward with captures, back, forward again.

    Returns what did not come out as it should, the tables whose rows were changed, and those that were emptied.
    """
    copy = stage.copy()
    rows_before = stage.rows(copy)
    steps = ("capture", "migrate")
    there = stage.schema(copy)
    expected = transposed(after, before, there)  # this is another database than the one of the first run
    with ExitStack() as stack:
        context = _run(stage.context(stack, copy, before=there, expected=expected, changes=changes), steps)
        changes, emptied = copies.seen(context)
        emptied += moves.given_up(context)  # what was tried in vain on the shadow is not planned for the target
        try:
            pipeline.back(context, _steps(steps))
        except RollbackIncomplete as failure:
            return (str(failure.problem),), changes, emptied
    there = stage.schema(copy)
    problems = _told("after going back", before, there)
    problems += tuple(f"after going back: {line}" for line in rows.lost(rows_before, stage.rows(copy)))
    if not problems:
        expected = transposed(after, before, there)
        with ExitStack() as stack:
            _run(
                stage.context(stack, copy, before=there, expected=expected, changes=changes, emptied=emptied),
                steps,
            )
        problems = _told("after going forward again", after, stage.schema(copy))
    return problems, changes, emptied


def _run(context: Context, steps: tuple[str, ...]) -> Context:
    try:
        return pipeline.forward(context, _steps(steps))
    except (DeploymentFailed, RollbackIncomplete) as failure:
        cause = failure.__cause__ or failure
        while isinstance(failure, RollbackIncomplete) and cause.__context__:
            cause = cause.__context__  # what failed first is what the user wants to know
        advice = cause.hint if isinstance(cause, HaulbackError) else "Mend the migration."
        raise RehearsalFailed(problem=str(cause), advice=advice) from failure


def _steps(names: tuple[str, ...]) -> tuple[Step, ...]:
    return tuple(step for step in STEPS if step.id in names)


def _told(when: str, wanted: Schema, found: Schema) -> tuple[str, ...]:
    if wanted.fingerprint_without_order == found.fingerprint_without_order:
        return ()
    lines = compare(wanted, found).lines()
    more = (f"{when}: {len(lines) - _NAMED} more differences",) if len(lines) > _NAMED else ()
    return tuple(f"{when}: {line}" for line in lines[:_NAMED]) + more


def _notes(before: Schema, there: Schema, wanted: int, major: int) -> tuple[str, ...]:
    notes = tuple(f"the shadow differs from the target: {line}" for line in compare(before, there).lines()[:_NAMED])
    if wanted != major:
        notes += (f"rehearsed on PostgreSQL {major}: no programs of PostgreSQL {wanted} were found",)
    return notes


def _heavy(difference: SchemaDifference) -> tuple[str, ...]:
    """What going back would keep everybody waiting for, on a large table."""
    grown = (
        one.key.identity
        for one in difference.facets
        if one.key.kind == "type" and one.facet == "labels" and set(one.after or ()) - set(one.before or ())
    )
    return tuple(
        f"going back makes the type {name} anew, and with it every table that has a column of it; a row that holds "
        "an added value stands in its way"
        for name in grown
    )


def _skipped(sample: Sample) -> tuple[str, ...]:
    return tuple(f"no rows of {name} on the shadow: {why}" for name, why in sample.skipped)
