"""A foreign key leans on a unique constraint of the auth schema, which may change."""

from __future__ import annotations

from haulback.advice.here import schema
from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="fkey_to_auth_unique",
    title="Foreign Key to Auth Unique Constraint",
    level=AdviceLevel.ERROR,
    categories=(Category.SECURITY,),
    description="The auth service changes its unique constraints, and a foreign key to one stops it from doing so.",
    detail="foreign key {foreign_key} of table {table} refers to {refers_to}, by an index that is not its primary key",
    remediation="alter table {table} drop constraint {quoted}; -- and refer to the primary key of {refers_to}",
    key="fkey_to_auth_unique_{schema}_{name}_{foreign_key}",
    needs=(schema("auth"),),
)
