"""A constraint was never held against the rows that were there before it."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="unvalidated_constraint",
    title="Unvalidated Constraint",
    level=AdviceLevel.WARN,
    categories=(Category.PERFORMANCE,),
    description="Older rows may break a constraint that is NOT VALID, so that the planner cannot rely on it.",
    detail="older rows of table {table} were never held against its constraint {constraint}",
    remediation="alter table {table} validate constraint {constraint};",
    key="unvalidated_constraint_{schema}_{name}_{constraint_name}",
    ours=True,
)
