"""A view that the API serves shows auth.users."""

from __future__ import annotations

from haulback.advice.here import api_role, relation
from haulback.advice.lint import Lint
from haulback.model.advice import AdviceLevel, Category

ADVICE = Lint(
    id="auth_users_exposed",
    title="Exposed Auth Users",
    level=AdviceLevel.ERROR,
    categories=(Category.SECURITY,),
    description="A view over auth.users that the API serves shows every account's rows to whoever may read the view.",
    detail="{exposed_to} may read {kind} {view}, which shows rows of auth.users",
    remediation="revoke select on {view} from anon, authenticated; -- or show a table of profiles in its place",
    key="auth_users_exposed_{schema}_{name}",
    needs=(relation("auth.users"), api_role),
)
