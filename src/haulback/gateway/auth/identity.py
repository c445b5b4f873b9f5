"""Who a request is made as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Identity:
    """Role and claims of a request.

    Attributes:
        role: that the transaction runs as.
        claims: of the token, `role` among them.
        text: the claims as JSON, as `request.jwt.claims` gets them.
        expires, begins: seconds since 1970 between which the token is good, with the leeway in them.
        authenticated: whether the role is another than that of requests without a token.
    """

    role: str
    claims: Mapping[str, Any]
    text: bytes
    expires: float = float("inf")
    begins: float = float("-inf")
    authenticated: bool = True
