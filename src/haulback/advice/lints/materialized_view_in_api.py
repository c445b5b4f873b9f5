"""The API serves a materialized view."""

from __future__ import annotations

from haulback.advice.here import api_role
from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="materialized_view_in_api",
    title="Materialized View in API",
    level=AdviceLevel.WARN,
    categories=(Category.SECURITY,),
    description="A materialized view knows no policies: whoever may read it reads every row.",
    detail="{served_to} may read every row of materialized view {view}, which knows no policies",
    remediation="revoke select on {view} from anon, authenticated;",
    key="materialized_view_in_api_{schema}_{name}",
    needs=(api_role,),
)
