"""A table has no primary key."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="no_primary_key",
    title="No Primary Key",
    level=AdviceLevel.INFO,
    categories=(Category.PERFORMANCE,),
    description="Without a primary key a single row cannot be named: not by an update, not by replication.",
    detail="table {table} has no primary key",
    remediation="alter table {table} add column id bigint generated always as identity primary key; -- rewrites it",
    key="no_primary_key_{schema}_{name}",
)
