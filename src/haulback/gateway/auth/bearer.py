"""Finds the token of a request and whom it stands for."""

from __future__ import annotations

from urllib.parse import unquote

from haulback.gateway.auth.identity import Identity
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.http.headers import Headers

API_KEY = "apikey"
_KEY_PAIR = f"{API_KEY}="


def identified(headers: Headers, query_key: str | None, tokens: Tokens) -> Identity:
    """Whom a request is made as.

    The bearer token counts; where there is none, the API key is one (Supabase's clients send their key as both). It may
    stand in the query as well, where a browser cannot send headers.

    Raises:
        Refusal: the token is not good, or there is none and there must be.
    """
    kind, _, rest = headers.get("authorization").partition(" ")
    if kind.lower() == "bearer":
        return tokens.verified(rest.strip())
    key = headers.get(API_KEY) or query_key
    if key:
        return tokens.verified(key)
    return tokens.nobody()


def without_key(query: str) -> tuple[str, str | None]:
    """The query without the API key that a browser may put there, and the key."""
    if API_KEY not in query:
        return query, None
    parts = query.split("&")
    keys = [part for part in parts if part.startswith(_KEY_PAIR)]
    rest = "&".join(part for part in parts if not part.startswith(_KEY_PAIR))
    return rest, unquote(keys[0][len(_KEY_PAIR) :]) if keys else None


def role_of(headers: Headers, query: str, tokens: Tokens) -> str | None:
    """The role that a request was made as, for the log; None where its token is not known to be good.

    Nothing is verified here: a token that was is remembered.
    """
    kind, _, rest = headers.get("authorization").partition(" ")
    token = rest.strip() if kind.lower() == "bearer" else headers.get(API_KEY) or without_key(query)[1]
    if token:
        known = tokens.known(token)
        return known.role if known is not None else None
    return tokens.anonymous
