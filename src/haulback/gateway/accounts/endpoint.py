"""`/auth/v1`: which request is answered by what."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import psycopg

from haulback import __version__
from haulback.gateway.accounts import absent, jwks
from haulback.gateway.accounts.absent import Linking
from haulback.gateway.accounts.administration import Administration
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.attempts import Attempts
from haulback.gateway.accounts.bearing import Bearing
from haulback.gateway.accounts.changing import Changing
from haulback.gateway.accounts.database import Database
from haulback.gateway.accounts.inviting import Inviting
from haulback.gateway.accounts.issuing import Issuer
from haulback.gateway.accounts.letters import PAUSE, Letters
from haulback.gateway.accounts.links import Links
from haulback.gateway.accounts.opening import Opening
from haulback.gateway.accounts.passwords import Hashing
from haulback.gateway.accounts.profile import Profile
from haulback.gateway.accounts.refused import Refused, answered
from haulback.gateway.accounts.requesting import Requesting
from haulback.gateway.accounts.routing import Handler, Routes
from haulback.gateway.accounts.second_factors import SecondFactors
from haulback.gateway.accounts.sessions import Limits
from haulback.gateway.accounts.signing_in import GRACE, SigningIn
from haulback.gateway.accounts.signing_up import SigningUp
from haulback.gateway.accounts.verifying import Verifying
from haulback.gateway.answer import Answer
from haulback.gateway.auth.keys import Key, Keys
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.http.request import Request
from haulback.model.auth import AuthSettings

MOUNT = "/auth/v1"
_FAILURES, _WINDOW = 30, 300.0  # wrong passwords, codes and refresh tokens of one address, and in how many seconds

Respond = Callable[[Answer], None]


@dataclass(frozen=True)
class AccountsSettings:
    """What users are kept and signed in with.

    Attributes:
        parameters: libpq keywords of the login that owns the tables.
        keys: that tokens are verified with.
        signing: the one that they are signed with.
        tokens: verify the tokens of requests.
        auth: what the project says of users.
        post: takes the mails that nobody is sent; the log does where there is none.
        grace: seconds that a refresh token may be used again.
        failures: wrong passwords, codes and refresh tokens of one address in five minutes.
        pause: seconds between two mails of one kind to one user.
    """

    parameters: Mapping[str, str]
    keys: Keys
    signing: Key
    tokens: Tokens
    auth: AuthSettings = field(default_factory=AuthSettings)
    post: Callable[[str], None] | None = None
    grace: float = GRACE
    failures: int = _FAILURES
    pause: float = PAUSE


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
            handler, named = self._routes.find(request.method, path)
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

    def _routed(self, settings: AccountsSettings) -> Routes:
        auth, hashing = settings.auth, Hashing()
        bearing = Bearing(settings.tokens, time.time)
        attempts = Attempts(settings.failures, _WINDOW, time.monotonic)
        opening = Opening(
            Issuer(settings.signing, settings.tokens, time.time, lambda line: self._tell(f"{MOUNT}: {line}")), time.time
        )
        links = Links(auth, MOUNT)
        post = settings.post or self._tell
        letters = Letters(links, lambda line: post(f"{MOUNT}: {line}"), time.time, settings.pause)
        changing = Changing(letters, auth.confirm)
        signing_up = SigningUp(self._database, hashing, opening, letters, auth)
        limits = Limits(settings.grace, auth.timebox, auth.inactivity)
        signing_in = SigningIn(self._database, hashing, opening, bearing, attempts, limits)
        requesting = Requesting(self._database, bearing, letters, signing_up, changing)
        verifying = Verifying(self._database, opening, changing, links, attempts)
        profile = Profile(self._database, hashing, bearing, opening, letters, changing, attempts, auth.reauthenticate)
        factors = SecondFactors(self._database, bearing, opening, attempts, auth.site_url, time.time)
        administration = Administration(self._database, hashing, bearing, time.time)
        inviting = Inviting(self._database, hashing, bearing, letters)
        linking = Linking(self._database, bearing)
        keys = answered(200, jwks.public(settings.keys), ("Cache-Control", "public, max-age=600"))
        return Routes(
            {
                "/health": {"GET": _always(answered(200, _HEALTH))},
                "/settings": {"GET": _always(answered(200, _settings(auth)))},
                "/.well-known/jwks.json": {"GET": _always(keys)},
                "/signup": {"POST": signing_up.sign_up},
                "/token": {"POST": signing_in.token},
                "/logout": {"POST": signing_in.sign_out},
                "/otp": {"POST": requesting.otp},
                "/magiclink": {"POST": requesting.otp},
                "/recover": {"POST": requesting.recover},
                "/resend": {"POST": requesting.resend},
                "/reauthenticate": {"GET": requesting.reauthenticate},
                "/verify": {"GET": verifying.link, "POST": verifying.code},
                "/user": {"GET": profile.get, "PUT": profile.put},
                "/user/identities/authorize": {"GET": linking.refuse},
                "/user/identities/*": {"DELETE": linking.refuse},
                "/factors": {"POST": factors.enrol},
                "/factors/*": {"DELETE": factors.unenrol},
                "/factors/*/challenge": {"POST": factors.challenge},
                "/factors/*/verify": {"POST": factors.verify},
                "/sso": {"POST": absent.sso},
                "/authorize": {"GET": absent.authorize},
                "/invite": {"POST": inviting.invite},
                "/admin/generate_link": {"POST": inviting.generate},
                "/admin/users": {"GET": administration.page, "POST": administration.create},
                "/admin/users/*": {
                    "GET": administration.get,
                    "PUT": administration.update,
                    "DELETE": administration.delete,
                },
                "/admin/users/*/factors": {"GET": factors.list_of},
                "/admin/users/*/factors/*": {"DELETE": factors.delete_of},
            }
        )


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


def _always(answer: Answer) -> Handler:
    async def handler(_asked: Asked) -> Answer:
        return answer

    return handler


_HEALTH = {"version": __version__, "name": "haulback", "description": "users and sessions for local work"}
_OTHERS = (
    "apple azure bitbucket discord facebook snapchat figma fly github gitlab google keycloak kakao linkedin "
    "linkedin_oidc notion spotify slack slack_oidc workos twitch twitter zoom"
)


def _settings(auth: AuthSettings) -> dict[str, object]:
    here = {"anonymous_users": auth.anonymous, "email": True, "phone": not auth.confirm}
    return {
        "external": {**here, **dict.fromkeys(_OTHERS.split(), False)},
        "disable_signup": not auth.signup,
        "mailer_autoconfirm": not auth.confirm,
        "phone_autoconfirm": not auth.confirm,
        "sms_provider": "",
        "saml_enabled": False,
        "saml_private_key_next_configured": False,
        "passkeys_enabled": False,
    }
