"""How the API of a target is reached by verification: its address, and what tokens are made of."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

from haulback.errors import HaulbackError
from haulback.model.role_path import role_path
from haulback.model.settings import Settings
from haulback.model.target import Environment, Target
from haulback.verify.api.access import Access, Said, Sign
from haulback.verify.api.graph import Graphs


def of(settings: Settings, target: Target) -> Access | None:
    """None where nobody said where the API is, or it serves no schema."""
    if not target.api_url or not settings.exposed:
        return None
    return Access(
        target.api_url,
        settings.exposed,
        _sign(settings, target),
        service_token=target.service_role_key,
        user_token=target.user_jwt,
        api_key=target.anon_key,
        graphs=_graphs,
        role_path=role_path(settings.api.role_claim),
        asked=lambda connection: _said(settings, connection),
    )


def _said(settings: Settings, connection: psycopg.Connection) -> Said:
    from haulback.contract.held import held  # noqa: PLC0415 - start-up: targets without an API do not load the gateway

    now = held(settings, connection)
    return Said(now.schemas, now.options.role_path)


def _graphs(connection: psycopg.Connection, schemas: tuple[str, ...]) -> Graphs:
    from haulback.app.graph_names import GraphNames  # noqa: PLC0415 - start-up: most commands do not load GraphQL

    return GraphNames(connection, schemas)


def _sign(settings: Settings, target: Target) -> Sign | None:
    """Signs with the secret that the target's API is known to have; whether it has, its first answer tells."""
    from haulback.app import serving_api  # noqa: PLC0415 - start-up: targets without an API do not load the gateway

    known = settings.api.jwt_secret or target.environment is Environment.DEVELOPMENT
    if not known:
        return None
    try:
        signing = serving_api.verifying(settings, target).signing
    except HaulbackError:
        return None  # public keys only, or none that can be read
    if signing is None:
        return None
    import jwt  # noqa: PLC0415 - start-up: a sixth of all that `deploy` loads, for targets with an API alone

    key = signing.key

    def sign(claims: Mapping[str, object]) -> str:
        return jwt.encode(dict(claims), key, algorithm="HS256")

    return sign
