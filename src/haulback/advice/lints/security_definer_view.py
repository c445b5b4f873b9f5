"""A view that the API serves reads with its owner's rights."""

from __future__ import annotations

from haulback.advice.here import api_role
from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="security_definer_view",
    title="Security Definer View",
    level=AdviceLevel.ERROR,
    categories=(Category.SECURITY,),
    description="A view reads with the rights of its owner unless told otherwise: policies of its tables do not count.",
    detail="{served_to} may read view {view} with the rights of its owner {owner}: policies of its tables do not count",
    remediation="alter view {view} set (security_invoker = on);",
    key="security_definer_view_{schema}_{name}",
    needs=(api_role,),
)
