"""Refresh tokens: what a client has, and what is kept of it."""

from __future__ import annotations

import hashlib
import secrets

_BYTES = 24


def new() -> str:
    """A new refresh token, which nobody can guess."""
    return secrets.token_urlsafe(_BYTES)


def kept(token: str) -> str:
    """A refresh token as it is kept. It is random and long, so a plain hash tells nothing of it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
