"""Use case: a plan whose files run with the safe rewrites of their hazards in place."""

from __future__ import annotations

from dataclasses import replace

import psycopg

from haulback.app import hazards, linting
from haulback.hazards.rewrites.rewriting import rewritten
from haulback.migrations import plan_file
from haulback.migrations.planning import plan_hash
from haulback.model.migration import Migration, Plan
from haulback.model.schema import Schema
from haulback.model.settings import Settings
from haulback.model.target import Target


def of_plan(settings: Settings, target: Target, connection: psycopg.Connection, plan: Plan, before: Schema) -> Plan:
    """The plan with the text to run rewritten wherever that is possible; reads only.

    Args:
        settings: of the project.
        target: whose levels, sizes and schema decide what is rewritten.
        connection: to it.
        plan: with its files as written.
        before: the target's schema.
    """
    known = hazards.known(settings, connection, before, None)
    levels = linting.levels(target.environment, settings.hazards, target.policy.hazards)

    migrations: list[Migration] = []
    for migration in plan.migrations:
        source = migration.source
        found = rewritten(source.text, source.path, known, levels)
        changed = found.text != source.text
        migrations.append(plan_file.rewritten(migration, found.text) if changed else migration)
        known = replace(known, earlier=f"{known.earlier}\n{source.text}")
    return replace(plan, migrations=tuple(migrations), hash=plan_hash(plan.base, migrations))


def told(plan: Plan) -> str:
    """What was rewritten, for a person."""
    labels = ", ".join(one.label for one in plan.rewritten)
    return f"rewritten: {labels}" if labels else "nothing to rewrite"
