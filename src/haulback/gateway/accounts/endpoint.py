"""`/auth/v1`: which request is answered by what."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import psycopg

from haulback import __version__
from haulback.gateway.accounts import absent, jwks
from haulback.gateway.accounts.administration import Administration
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.attempts import Attempts
from haulback.gateway.accounts.bearing import Bearing
from haulback.gateway.accounts.database import Database
from haulback.gateway.accounts.issuing import Issuer
from haulback.gateway.accounts.passwords import Hashing
from haulback.gateway.accounts.profile import Profile
from haulback.gateway.accounts.refused import Refused, answered
from haulback.gateway.accounts.signing_in import GRACE, SigningIn
from haulback.gateway.answer import Answer
from haulback.gateway.auth.keys import Key, Keys
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.http.request import Request

MOUNT = "/auth/v1"
_USER = "/admin/users/"
_FAILURES, _WINDOW = 30, 300.0  # wrong passwords and refresh tokens of one address, and in how many seconds

_NOT_HERE = "haulback serves sign-up, sign-in and users here: it sends no mail and knows no other provider"

Respond = Callable[[Answer], None]
_Handler = Callable[[Asked], Awaitable[Answer]]


@dataclass(frozen=True)
class AccountsSettings:
    """What users are kept and signed in with.

    Attributes:
        parameters: libpq keywords of the login that owns the tables.
        keys: that tokens are verified with.
        signing: the one that they are signed with.
        tokens: verify the tokens of requests.
        grace: seconds that a refresh token may be used again.
        failures: wrong passwords and refresh tokens of one address in five minutes.
    """

    parameters: Mapping[str, str]
    keys: Keys
    signing: Key
    tokens: Tokens
    grace: float = GRACE
    failures: int = _FAILURES


class Accounts:
    """The part of one worker.

    Args:
        settings: of the worker.
        failed: told of an error that is ours.
        tell: takes lines for the log.
    """

    def __init__(
        self, settings: AccountsSettings, failed: Callable[[BaseException], None], tell: Callable[[str], None]
    ) -> None:
        self._failed = failed
        self._tell = tell
        self._tasks: set[asyncio.Task[None]] = set()
        self._database = Database(settings.parameters)
        self._routes = self._routed(settings)

    def handle(self, request: Request, path: str, respond: Respond) -> None:
        """Answers one request, later.

        Args:
            request: as it came.
            path: below the mount point, percent-encoded.
            respond: called once.
        """
        task = asyncio.get_running_loop().create_task(self._answer(request, path, respond))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Lets the requests that are under way end, then ends the connections."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._database.close()

    async def _answer(self, request: Request, path: str, respond: Respond) -> None:
        try:
            handler, named = self._found(request.method, path)
            respond(await handler(Asked(request, named)))
        except Refused as refused:
            self._tell_why(refused)
            respond(refused.answer(request.headers))
        except Exception as bug:  # noqa: BLE001 - one request's bug must not leave its client waiting
            self._failed(bug)
            message = "Unexpected failure, please check server logs for more information"
            respond(Refused(500, "unexpected_failure", message).answer(request.headers))

    def _tell_why(self, refused: Refused) -> None:
        """The client is told that the database fails, and the log why; no value of a row is in a primary message."""
        cause = refused.__cause__
        if refused.status >= HTTPStatus.INTERNAL_SERVER_ERROR and isinstance(cause, psycopg.Error):
            why = cause.diag.message_primary or str(cause).partition("\n")[0]
            self._tell(f"{MOUNT}: {refused.message}: {why}")

    def _found(self, method: str, path: str) -> tuple[_Handler, str]:
        """What answers, and what the path names.

        Raises:
            Refused: nothing does.
        """
        plain = path.rstrip("/")
        named = plain[len(_USER) :] if plain.startswith(_USER) else ""
        by_method = self._routes.get(_USER if named else plain)
        if by_method is None:
            raise Refused(404, "not_found", _NOT_HERE)
        handler = by_method.get("GET" if method == "HEAD" else method)
        if handler is None:
            raise Refused(405, "method_not_allowed", "Method not allowed")
        return handler, named

    def _routed(self, settings: AccountsSettings) -> Mapping[str, Mapping[str, _Handler]]:
        hashing = Hashing()
        bearing = Bearing(settings.tokens, time.time)
        signing_in = SigningIn(
            self._database,
            hashing,
            Issuer(settings.signing, time.time),
            bearing,
            Attempts(settings.failures, _WINDOW, time.monotonic),
            time.time,
            settings.grace,
        )
        profile = Profile(self._database, hashing, bearing)
        administration = Administration(self._database, hashing, bearing, time.time)
        keys = answered(200, jwks.public(settings.keys), ("Cache-Control", "public, max-age=600"))
        return {
            "/health": {"GET": _always(answered(200, _HEALTH))},
            "/settings": {"GET": _always(answered(200, _SETTINGS))},
            "/.well-known/jwks.json": {"GET": _always(keys)},
            "/signup": {"POST": signing_in.sign_up},
            "/token": {"POST": signing_in.token},
            "/logout": {"POST": signing_in.sign_out},
            "/verify": {"POST": absent.verify},
            "/sso": {"POST": absent.sso},
            "/user": {"GET": profile.get, "PUT": profile.put},
            "/admin/users": {"GET": administration.page, "POST": administration.create},
            _USER: {
                "GET": administration.get,
                "PUT": administration.update,
                "DELETE": administration.delete,
            },
        }


class NotServed:
    """The part where users are somebody else's: it says so.

    Args:
        reason: why, for who reads it.
    """

    def __init__(self, reason: str) -> None:
        self._refused = Refused(404, "not_found", reason)

    def handle(self, request: Request, path: str, respond: Respond) -> None:
        """Refuses one request."""
        del path
        respond(self._refused.answer(request.headers))

    async def close(self) -> None:
        """There is nothing to close."""


def _always(answer: Answer) -> _Handler:
    async def handler(_asked: Asked) -> Answer:
        return answer

    return handler


_HEALTH = {"version": __version__, "name": "haulback", "description": "users and sessions for local work"}
_OTHERS = (
    "apple azure bitbucket discord facebook snapchat figma fly github gitlab google keycloak kakao linkedin "
    "linkedin_oidc notion spotify slack slack_oidc workos twitch twitter phone zoom"
)
_SETTINGS = {
    "external": {"anonymous_users": True, "email": True, **dict.fromkeys(_OTHERS.split(), False)},
    "disable_signup": False,
    "mailer_autoconfirm": True,
    "phone_autoconfirm": False,
    "sms_provider": "",
    "saml_enabled": False,
    "saml_private_key_next_configured": False,
    "passkeys_enabled": False,
}
