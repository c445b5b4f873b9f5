"""What Supabase Auth answers where it refuses, in either of the two forms that clients ask for."""

from __future__ import annotations

from datetime import date

import msgspec

from haulback.gateway.answer import Answer
from haulback.gateway.http.headers import Headers

_VERSION = "x-supabase-api-version"
_CODED = "2024-01-01"  # since then `code` is the error's name and no longer the status

# A browser shows a page only the headers that are named here.
SHARED = ("Access-Control-Expose-Headers", "X-Total-Count, Link, X-Supabase-Api-Version")
_JSON = ("Content-Type", "application/json")


class Refused(Exception):
    """A request that is answered with an error.

    Attributes:
        code: the error's name, which clients compare.
        reasons: why a password is weak.
    """

    def __init__(
        self, status: int, code: str, message: str, *, reasons: tuple[str, ...] = (), retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.reasons = reasons
        self.retry_after = retry_after

    def answer(self, headers: Headers) -> Answer:
        """The answer, in the form that the headers of the request ask for."""
        coded = _coded(headers.get(_VERSION))
        document: dict[str, object] = (
            {"code": self.code, "message": self.message}
            if coded
            else {"code": self.status, "error_code": self.code, "msg": self.message}
        )
        if self.reasons:
            document["weak_password"] = {"reasons": self.reasons}
        extra = [SHARED, _JSON, ("X-Sb-Error-Code", self.code)]
        if coded:
            extra.append(("X-Supabase-Api-Version", _CODED))
        if self.retry_after is not None:
            extra.append(("Retry-After", str(self.retry_after)))
        return Answer(self.status, tuple(extra), msgspec.json.encode(document))


def invalid(message: str) -> Refused:
    """A value that cannot be."""
    return Refused(400, "validation_failed", message)


def _coded(version: str) -> bool:
    try:
        return date.fromisoformat(version) >= date.fromisoformat(_CODED)
    except ValueError:
        return False


def answered(status: int, document: object, *headers: tuple[str, str]) -> Answer:
    """An answer that is no refusal."""
    return Answer(status, (SHARED, _JSON, *headers), msgspec.json.encode(document))
