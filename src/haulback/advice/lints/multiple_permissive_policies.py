"""Several permissive policies are asked for the same role and action."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="multiple_permissive_policies",
    title="Multiple Permissive Policies",
    level=AdviceLevel.WARN,
    categories=(Category.PERFORMANCE,),
    description="Every permissive policy for a role and an action is asked for every row until one says yes.",
    detail="{action} on table {table} by {role} asks {count} permissive policies: {policies}",
    remediation="Join these policies into one with OR, or give each to the role alone that it is meant for.",
    key="multiple_permissive_policies_{schema}_{name}_{role}_{action}",
)
