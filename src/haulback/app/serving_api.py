"""Use case: serve the API of a target, and make tokens for it."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import jwt

from haulback.app import serving_users
from haulback.app.target import opened
from haulback.contract.recorded.recorder import Recorder
from haulback.errors import HaulbackError, UsageError
from haulback.gateway.access.log import AccessSettings
from haulback.gateway.auth import keys
from haulback.gateway.auth.keys import Keys
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.dialect import dialect
from haulback.gateway.http.forwarded import proxies
from haulback.gateway.http.limits import Limits
from haulback.gateway.serving import listen, serve
from haulback.gateway.worker import Serving
from haulback.model.api import ApiSettings
from haulback.model.role_path import UnplaceableRole, role_path
from haulback.model.settings import Settings
from haulback.model.target import Environment, Target

_SECRET_FILE = "jwt-secret"  # noqa: S105 - the name of a file
_YEARS = 10 * 365 * 86400.0


class NoSecret(UsageError):
    template = "{target} has no key that tokens could be verified with"
    hint_template = "Set HAULBACK_JWT_SECRET_FILE to a file with the project's JWT secret, a JWK or a JWKS."


class CannotSign(HaulbackError):
    template = "only public keys are known, so no token can be signed"
    hint_template = "Ask the one who has the private key, or set HAULBACK_JWT_SECRET_FILE to the shared secret."


class CannotPlaceRole(UsageError):
    template = "no token can say the role {role} at {path}"
    hint_template = "Ask for another role, or set api.role_claim to a path of names, such as $.app_metadata.role."


def run(
    settings: Settings,
    target_name: str | None,
    ready: Callable[[str, int], None],
    tell: Callable[[str], None],
    record: Path | None = None,
    post: Callable[[str], None] | None = None,
) -> None:
    """Serves until SIGTERM or SIGINT.

    Args:
        settings: of the project.
        target_name: of the target, or None for the default.
        ready: told host and port once they are taken.
        tell: takes lines for the log.
        record: a file that requests are added to, to be asked again on shadows.
        post: takes mails to users of development targets, whose links are secrets; as `tell` does where there is none.

    Raises:
        CannotRecord: it cannot be written.
    """
    target = opened(settings, target_name)
    api = settings.api
    serving = _serving(settings, target, tell, post or tell)
    if isinstance(serving.accounts, str):
        tell(f"/auth/v1 is not served: {serving.accounts}")
    if record is not None:
        serving = replace(serving, heard=Recorder(record, serving.tokens, tell))
    listening = listen(api.host, api.port)
    host, port = listening.getsockname()[:2]
    ready(host, port)
    serve(listening, serving, api.workers)


def token(
    settings: Settings, target_name: str | None, claims: Mapping[str, object], *, lifetime: float = _YEARS
) -> str:
    """A token for the target, signed with its secret; its role is where `api.role_claim` says.

    Args:
        settings: of the project.
        target_name: of the target, or None for the default.
        claims: with `role`.
        lifetime: seconds that it is good.

    Raises:
        NoSecret, CannotSign: it cannot be signed.
        CannotPlaceRole: its role cannot be where it is looked for.
    """
    target = opened(settings, target_name)
    signing = verifying(settings, target).signing
    if signing is None:
        raise CannotSign
    now = int(time.time())
    body = {"iss": "haulback", "iat": now, "exp": now + int(lifetime), **claims}
    path, role = settings.api.role_claim, str(claims["role"])
    try:
        body = role_path(path).placed(body, role)
    except UnplaceableRole as why:
        raise CannotPlaceRole(role=role, path=path) from why
    return jwt.encode(body, signing.key, algorithm="HS256")


def verifying(settings: Settings, target: Target) -> Keys:
    """The keys of a target; a development target that is told none gets a secret of its own, kept in `home`.

    Raises:
        NoSecret: it is told none and is not for development.
    """
    if settings.api.jwt_secret:
        return keys.parsed(settings.api.jwt_secret)
    if target.environment is not Environment.DEVELOPMENT:
        raise NoSecret(target=target.name)
    return keys.parsed(_own_secret(settings.home / _SECRET_FILE))


def _own_secret(file: Path) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Made by one process, whole at once: two that begin together agree on the one that came first.
        beside = file.with_name(f"{file.name}.{os.getpid()}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(secrets.token_hex(32))
        try:
            os.link(beside, file)
        finally:
            beside.unlink()
    except FileExistsError:
        pass
    return file.read_text(encoding="utf-8").strip()


def _serving(settings: Settings, target: Target, tell: Callable[[str], None], post: Callable[[str], None]) -> Serving:
    api = settings.api
    verified_with = verifying(settings, target)
    options = dialect(api)
    tokens = Tokens(verified_with, options.anonymous, options.audience, options.role_path, clock=time.time)
    return Serving(
        parameters=_login(target, api),
        schemas=settings.exposed,
        tokens=tokens,
        accounts=serving_users.accounts(target, api, verified_with, tokens, post),
        options=options,
        graphql=api.graphql,
        limits=Limits(body=api.body),
        pool=api.pool,
        patience=api.patience,
        realtime=api.realtime,
        following=target.parameters,
        tell=tell,
        access=_access(api),
        proxies=proxies(api.trusted_proxies, api.proxy_header),
    )


def _access(api: ApiSettings) -> AccessSettings | None:
    if api.access_log == "off":
        return None
    return AccessSettings(is_json=api.access_log == "json", least=api.access_log_from)


def _login(target: Target, api: ApiSettings) -> dict[str, str]:
    parameters = {key: value for key, value in target.parameters.items() if key not in {"user", "passfile"}}
    parameters["user"] = api.login
    if api.password:
        parameters["password"] = api.password
    return parameters
