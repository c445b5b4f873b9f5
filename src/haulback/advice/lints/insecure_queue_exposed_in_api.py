"""The API serves a queue without row level security."""

from __future__ import annotations

from haulback.advice.here import api_role, schema
from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="insecure_queue_exposed_in_api",
    title="Insecure Queue Exposed in API",
    level=AdviceLevel.ERROR,
    categories=(Category.SECURITY,),
    description="The API serves queues through the schema pgmq_public: without row level security, all their messages.",
    detail="{served_to} may read every message of queue {table}: it has no row level security",
    remediation="alter table {table} enable row level security; -- then add policies for those who use the queue",
    key="rls_disabled_in_public_{schema}_{name}",
    needs=(schema("pgmq"), api_role),
)
