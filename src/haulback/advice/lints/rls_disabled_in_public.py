"""A table that the API serves has no row level security."""

from __future__ import annotations

from haulback.advice.here import api_role
from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="rls_disabled_in_public",
    title="RLS Disabled in Public",
    level=AdviceLevel.ERROR,
    categories=(Category.SECURITY,),
    description="The API serves a table without row level security: who may read it reads every row.",
    detail="{served_to} may read every row of table {table}: it has no row level security",
    remediation="alter table {table} enable row level security; -- then add policies for those who should see rows",
    key="rls_disabled_in_public_{schema}_{name}",
    needs=(api_role,),
)
