"""A foreign key has no index on its own columns."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="unindexed_foreign_keys",
    title="Unindexed foreign keys",
    level=AdviceLevel.INFO,
    categories=(Category.PERFORMANCE,),
    description="Deleting a row, or changing its key, reads the whole table that refers to it where no index helps.",
    detail="no index of table {table} begins with the columns of its foreign key {fkey_name} ({columns})",
    remediation="create index{concurrently} on {table} ({columns});",
    key="unindexed_foreign_keys_{schema}_{name}_{fkey_name}",
)
