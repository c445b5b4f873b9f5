"""A policy asks who the caller is again for every row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from haulback.advice.lint import Lint
from haulback.advice.rls_calls import per_row
from haulback.model.advice import AdviceLevel, Category


def _keep(told: Mapping[str, Any]) -> bool:
    return any(per_row(one) for one in told["expressions"])


ADVICE = Lint(
    id="auth_rls_initplan",
    title="Auth RLS Initialization Plan",
    level=AdviceLevel.WARN,
    categories=(Category.PERFORMANCE,),
    description="A policy calls auth.uid() or its like, or current_setting(), for every row; once a query would do.",
    detail="policy {policy} of table {table} asks who the caller is again for every row",
    remediation="Write (select auth.uid()) in place of auth.uid() in the policy, and the same for its other calls.",
    key="auth_rls_init_plan_{schema}_{name}_{policy_name}",
    keep=_keep,
)
