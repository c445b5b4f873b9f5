"""The API serves columns with names of secrets, without row level security."""

from __future__ import annotations

from haulback.advice.here import api_role
from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="sensitive_columns_exposed",
    title="Sensitive Columns Exposed",
    level=AdviceLevel.ERROR,
    categories=(Category.SECURITY,),
    description="The API serves, without row level security, columns whose names promise secrets or personal details.",
    detail="{served_to} may read {sensitive_columns} in every row of table {table}: it has no row level security",
    remediation="alter table {table} enable row level security; -- then add policies for those who should see rows",
    key="sensitive_columns_exposed_{schema}_{name}",
    needs=(api_role,),
)
