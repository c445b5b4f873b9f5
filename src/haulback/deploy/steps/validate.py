"""After the migration: is the target what the rehearsal led to, and can each role still work with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from haulback.deploy.context import Context
from haulback.deploy.errors import ValidationFailed
from haulback.deploy.steps.step import Nothing
from haulback.model.check import Outcome, ProbeResult
from haulback.model.schema import Schema, compare
from haulback.pg.catalog.reader import read
from haulback.verify import validation


class Validate(Nothing):
    """Compares with what the plan said it would make, then tries writes that are rolled back."""

    id = "validate"
    title = "validate the schema"

    def plan(self, context: Context) -> str:
        return "compare with the rehearsal" if context.expected else "try each role's writes"

    def run(self, context: Context) -> Mapping[str, Any]:
        live = read(context.work.keeper)
        results: tuple[ProbeResult, ...] = ()
        if context.expected:
            results = validation.validate(context.expected, live)
        results += (validation.smoke_writes(context.work.connection, _tables(context.before, live)),)
        context.work.reset()
        context.journal.keep_image(context.deployment.id, "after", live.fingerprint, {})
        return judged(context, results, ValidationFailed)


def judged(
    context: Context, results: tuple[ProbeResult, ...], failure: type[ValidationFailed | Any]
) -> Mapping[str, Any]:
    """What the journal notes of results; raises `failure` where one of them failed."""
    for one in results:
        if one.outcome is not Outcome.PASS:
            context.progress.note(f"{one.id}: {one.outcome.value}: {one.detail}")
    failed = [one for one in results if one.outcome is Outcome.FAIL]
    if failed:
        raise failure(problems="; ".join(f"{one.id}: {one.detail}" for one in failed))
    unknown = [one.id for one in results if one.outcome is Outcome.UNKNOWN]
    return {"passed": len(results) - len(unknown), "unknown": unknown}


def _tables(before: Schema | None, live: Schema) -> tuple[str, ...]:
    """The tables that the migration made or changed; all of them where nobody knows."""
    tables = {key.identity for key in live.objects if key.kind == "table"}
    if before is None:
        return tuple(sorted(tables))
    difference = compare(before, live)
    touched = {(live.objects[key].parent or key).identity for key in (*difference.created, *difference.changed)}
    return tuple(sorted(tables & touched))
