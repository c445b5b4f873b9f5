"""The API serves a foreign table."""

from __future__ import annotations

from haulback.advice.here import api_role
from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="foreign_table_in_api",
    title="Foreign Table in API",
    level=AdviceLevel.WARN,
    categories=(Category.SECURITY,),
    description="A foreign table knows no policies: whoever may read it reads every row.",
    detail="{served_to} may read every row of foreign table {table}, which knows no policies",
    remediation="revoke select on {table} from anon, authenticated;",
    key="foreign_table_in_api_{schema}_{name}",
    needs=(api_role,),
)
