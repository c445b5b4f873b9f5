"""The target that the environment names: DATABASE_URL, or the seed's DB_HOST and its companions."""

from __future__ import annotations

from collections.abc import Mapping

from haulback.config.policy import default_policy
from haulback.config.secrets import secret
from haulback.config.url import parameters_of, require_port
from haulback.errors import UsageError
from haulback.model.target import Environment, Target

NAME = "environment"
_NAMES = {"DB_HOST": "host", "DB_PORT": "port", "DB_USER": "user", "DB_NAME": "dbname", "DB_SSLMODE": "sslmode"}


def target_of_environment(environment: Mapping[str, str]) -> Target | None:
    """Returns the target, or None where neither DATABASE_URL nor DB_HOST is set.

    Raises:
        UsageError: ENVIRONMENT is none of the three, or the URL cannot be read.
    """
    url = secret(environment, "DATABASE_URL")
    parts = {keyword: environment[name] for name, keyword in _NAMES.items() if environment.get(name)}
    if not url and "host" not in parts:
        return None
    parameters, password = parameters_of(url, "DATABASE_URL") if url else ({}, None)
    require_port(parts, "DB_PORT")
    kind = environment_of(environment.get("ENVIRONMENT") or "development")
    return Target(
        name=NAME,
        environment=kind,
        parameters={**parameters, **parts},
        password=secret(environment, "DB_PASSWORD", "PGPASSWORD") or password,
        policy=default_policy(kind),
        api_url=environment.get("SUPABASE_URL"),
        service_role_key=secret(environment, "SERVICE_ROLE_KEY"),
        user_jwt=secret(environment, "USER_JWT"),
        anon_key=secret(environment, "SUPABASE_ANON_KEY", "ANON_KEY"),
    )


def environment_of(text: str) -> Environment:
    try:
        return Environment(text.strip().lower())
    except ValueError:
        known = ", ".join(Environment)
        raise UsageError(
            problem=f"there is no environment {text!r}", hint=f"Set ENVIRONMENT to one of {known}."
        ) from None
