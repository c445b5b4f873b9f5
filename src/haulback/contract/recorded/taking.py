"""What is kept of a request: never a token, and only headers that the answer depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import jwt

from haulback.model.requests import RecordedRequest

MOUNT = "/rest/v1"
KEPT_HEADERS = frozenset(
    {"accept", "accept-profile", "content-profile", "content-type", "prefer", "range", "range-unit"}
)
# When a token was good, and for whom it was made, is of no use to one that is signed anew.
_OF_THE_TOKEN = frozenset({"exp", "nbf", "iat", "iss", "aud", "jti"})
_KEY = "apikey"


def taken(
    method: str,
    url: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    source: str,
    claims: Mapping[str, Any] | None = None,
) -> RecordedRequest | None:
    """The request, or None where it is none of the REST API. Whom it is made as is read from its token, unverified.

    Raises:
        ValueError: the address cannot be read.
    """
    parts = urlsplit(url)
    place = parts.path.find(MOUNT)
    if place < 0 or parts.path[place + len(MOUNT) :][:1] not in {"", "/"}:
        return None
    by_name = {name.lower(): value for name, value in headers}
    return RecordedRequest(
        method=method.upper(),
        path=parts.path[place:],
        query=without_key(parts.query),
        headers={name: by_name[name] for name in sorted(KEPT_HEADERS & by_name.keys())},
        body=body,
        claims=_claims(by_name, key_of(parts.query)) if claims is None else lasting(claims),
        source=source,
    )


def without_key(query: str) -> str:
    """The query without the API key that a browser may put there."""
    return "&".join(part for part in query.split("&") if not part.startswith(f"{_KEY}="))


def key_of(query: str) -> str | None:
    """That key, which stands for a token where there is none."""
    keys = (part.partition("=")[2] for part in query.split("&") if part.startswith(f"{_KEY}="))
    return next((unquote(key) for key in keys), None)


def lasting(claims: Mapping[str, Any]) -> dict[str, Any]:
    """The claims that say who asks."""
    return {name: value for name, value in claims.items() if name not in _OF_THE_TOKEN}


def _claims(headers: Mapping[str, str], key: str | None) -> dict[str, Any]:
    kind, _, token = headers.get("authorization", "").partition(" ")
    for one in (token.strip() if kind.lower() == "bearer" else "", headers.get(_KEY) or key or ""):
        try:
            # It is not verified and opens nothing: the request is asked again on a shadow, by a token of our own.
            return lasting(jwt.decode(one, options={"verify_signature": False}))
        except (jwt.PyJWTError, ValueError, RecursionError):
            continue
    return {}
