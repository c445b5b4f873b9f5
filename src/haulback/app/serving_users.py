"""Use case: sign users in, where a target is for development and nobody else does it."""

from __future__ import annotations

from collections.abc import Callable

from haulback.backups.hosted import project_ref
from haulback.gateway.accounts.database import ROLE
from haulback.gateway.accounts.endpoint import AccountsSettings
from haulback.gateway.auth.keys import Keys
from haulback.gateway.auth.tokens import Tokens
from haulback.model.api import ApiSettings
from haulback.model.target import Environment, Target


def accounts(
    target: Target, api: ApiSettings, keys: Keys, tokens: Tokens, post: Callable[[str], None] | None = None
) -> AccountsSettings | str:
    """What users are signed in with; or why they are not, in words for whoever calls the API."""
    if target.project_ref or project_ref(target.parameters):
        return f"{target.name} is a hosted Supabase project, which has an Auth of its own"
    if target.environment is not Environment.DEVELOPMENT:
        return f"users are signed in for development targets only, and {target.name} is for {target.environment}"
    if keys.issuing is None:
        return "only public keys are known, so no token can be signed"
    return AccountsSettings(_login(target, api), keys, keys.issuing, tokens, api.auth, post)


def _login(target: Target, api: ApiSettings) -> dict[str, str]:
    """As the owner of the tables, who may do nothing else."""
    parameters = {key: value for key, value in target.parameters.items() if key not in {"user", "passfile"}}
    parameters["user"] = ROLE
    if api.auth_admin_password:
        parameters["password"] = api.auth_admin_password
    return parameters
