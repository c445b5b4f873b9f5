"""No query has used an index."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="unused_index",
    title="Unused Index",
    level=AdviceLevel.INFO,
    categories=(Category.PERFORMANCE,),
    description="An index that no query uses costs space, and time in every write.",
    detail="no query has used index {index} ({size}) of table {table} {since}",
    remediation="drop index{concurrently} {index}; -- once it is unused on every replica too",
    key="unused_index_{schema}_{name}_{index_name}",
)
