"""A policy lets everybody write every row."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="rls_policy_always_true",
    title="RLS Policy Always True",
    level=AdviceLevel.WARN,
    categories=(Category.SECURITY,),
    description="A policy for writing that is always true protects nothing. For reading it may be meant: not told.",
    detail="policy {policy} of table {table} lets {roles} {action} any row: its {clauses} is always true",
    remediation="Let the policy compare a column with (select auth.uid()), or take the privilege from these roles.",
    key="rls_policy_always_true_{schema}_{name}_{policy_name}",
)
