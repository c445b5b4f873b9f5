"""Two indexes are the same but for their names."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="duplicate_index",
    title="Duplicate Index",
    level=AdviceLevel.WARN,
    categories=(Category.PERFORMANCE,),
    description="Of indexes that are the same, all but one cost space and time for nothing.",
    detail="indexes {indexes} of {type} {table} are the same",
    remediation="Keep one, that of a constraint if there is one, and run for each other: drop index concurrently NAME;",
    key="duplicate_index_{schema}_{name}_{listed}",
)
