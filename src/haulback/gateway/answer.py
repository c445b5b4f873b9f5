"""What a request is answered with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers in order as they go out (without Content-Length of a body that is sent), and body.

    `length` is what Content-Length says where the body is left out (HEAD); `reason` stands behind the status, where it
    is not the usual. With `then` the connection speaks another protocol from this answer on.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    length: int | None = None
    reason: str | None = None
    then: Callable[[asyncio.Transport], asyncio.Protocol] | None = None


class Refusal(Exception):
    """A request that is answered with an error of the contract.

    Attributes:
        code: PostgREST's or the SQLSTATE.
        message, details, hint: as in the body; details may be any JSON value.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: Any = None,
        hint: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        reason: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.hint = hint
        self.headers = headers
        self.reason = reason

    def answer(self, *, minimal: bool = False) -> Answer:
        """The answer; code and message alone where it is `minimal`."""
        document = {"code": self.code, "details": self.details, "hint": self.hint, "message": self.message}
        if minimal:
            document = {"code": self.code, "message": self.message}
        return Answer(
            self.status,
            (
                ("Content-Type", "application/json; charset=utf-8"),
                ("Proxy-Status", f"PostgREST; error={self.code}"),
                *self.headers,
            ),
            json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace"),
            reason=self.reason,
        )
