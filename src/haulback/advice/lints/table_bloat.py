"""Most of a table is empty space."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="table_bloat",
    title="Table Bloat",
    level=AdviceLevel.INFO,
    categories=(Category.PERFORMANCE,),
    description="Space that deleted and updated rows leave in a table is read by every scan and held in memory.",
    detail="about {share} % of table {table} is empty space: {wasted} of {size}",
    remediation="Repack it with pg_repack, or at a quiet hour, since it shuts readers out: vacuum full {table};",
    key="table_bloat_{schema}_{name}",
)
