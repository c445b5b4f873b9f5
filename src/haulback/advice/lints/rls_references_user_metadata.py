"""A policy trusts what users write into their own accounts."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="rls_references_user_metadata",
    title="RLS references user metadata",
    level=AdviceLevel.ERROR,
    categories=(Category.SECURITY,),
    description="Users write their user_metadata themselves: a policy that reads it lets them decide what they may.",
    detail="policy {policy} of table {table} reads user_metadata, which users write themselves",
    remediation="Keep what decides on access in app_metadata or in a table that users cannot write, and read that.",
    key="rls_references_user_metadata_{schema}_{name}_{policy_name}",
)
