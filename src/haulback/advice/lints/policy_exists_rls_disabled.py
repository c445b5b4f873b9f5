"""A table has policies that do not count, since its row level security is off."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="policy_exists_rls_disabled",
    title="Policy Exists RLS Disabled",
    level=AdviceLevel.ERROR,
    categories=(Category.SECURITY,),
    description="Policies count only while row level security is on; these look like a protection and are none.",
    detail="the policies of table {table} do not count, since its row level security is off: {policies}",
    remediation="alter table {table} enable row level security;",
    key="policy_exists_rls_disabled_{schema}_{name}",
)
