"""A table has row level security and no policy: it looks empty."""

from __future__ import annotations

from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="rls_enabled_no_policy",
    title="RLS Enabled No Policy",
    level=AdviceLevel.INFO,
    categories=(Category.SECURITY,),
    description="Row level security without a policy hides every row from all but the owner and those who bypass it.",
    detail="table {table} has row level security and no policy: it looks empty to the roles of the API",
    remediation="Add a policy for those who should see rows; where nobody should, ignore this finding.",
    key="rls_enabled_no_policy_{schema}_{name}",
)
