"""What a request says, read and held against its bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec

from haulback.gateway.accounts.refused import Refused, invalid
from haulback.gateway.http.request import Request

_BODY = 64 * 1024  # bytes
_QUERY = 4096  # characters
_DEEPEST = 32
# Metadata stand in every token, and a token is a header, which has its bounds.
_METADATA = 6 * 1024

_EMAIL_LENGTH = 255
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_EMAIL = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*")
_PHONE = re.compile(r"[1-9][0-9]{1,14}")
_DURATION = re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ns|us|µs|ms|s|m|h))+")
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION_LENGTH = 64
_LONGEST_BAN = 200 * 365 * 86400.0

Metadata = dict[str, Any]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Asked:
    """One request, with the parts of its path that name something."""

    request: Request
    named: tuple[str, ...] = ()

    def query(self) -> dict[str, str]:
        """The parameters; the first of each name."""
        text = self.request.query
        if len(text) > _QUERY:
            raise invalid("The query is too long")
        pairs = parse_qsl(text, keep_blank_values=True)
        return dict(reversed(pairs))

    def body(self, kind: type[_T]) -> _T:
        """The body.

        Raises:
            Refused: it is too long or not what it should be.
        """
        body = self.request.body
        if len(body) > _BODY:
            raise Refused(413, "request_entity_too_large", f"Request body too large (max {_BODY} bytes)")
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.MsgspecError, RecursionError, ValueError) as wrong:
            # The message of a parser may quote what it read, a password for one.
            raise Refused(400, "bad_json", "Could not parse request body as JSON") from wrong

    def user(self) -> UUID:
        """The user that the path names.

        Raises:
            Refused: it names none.
        """
        return self.uuid(0, "user_id")

    def uuid(self, place: int, name: str) -> UUID:
        """What a part of the path names.

        Raises:
            Refused: it names nothing.
        """
        try:
            return UUID(self.named[place])
        except ValueError:
            raise Refused(404, "validation_failed", f"{name} must be an UUID") from None

    @property
    def agent(self) -> str:
        return self.request.headers.get("user-agent")[:512].replace("\0", "")

    @property
    def address(self) -> str | None:
        # An address of the link has the name of an interface behind it, which PostgreSQL does not take.
        return self.request.client.partition("%")[0] or None


def email(text: str) -> str:
    """An address as it is kept.

    Raises:
        Refused: it is none.
    """
    if len(text) > _EMAIL_LENGTH:
        raise invalid("An email address is too long")
    if not _EMAIL.fullmatch(text):
        raise invalid("Unable to validate email address: invalid format")
    return text.lower()


def phone(text: str) -> str:
    """A number as it is kept: digits only.

    Raises:
        Refused: it is none.
    """
    number = text.removeprefix("+").replace(" ", "")
    if not _PHONE.fullmatch(number):
        raise invalid("Invalid phone number format (E.164 required)")
    return number


def ban(text: str) -> timedelta | None:
    """How long somebody is kept out: `24h`, `1h30m`; None for `none`.

    Raises:
        Refused: it is no duration.
    """
    if text in {"none", "0"}:
        return None
    if len(text) > _DURATION_LENGTH or not _DURATION.fullmatch(text):
        raise invalid(f'invalid format for ban duration: time: invalid duration "{text[:_DURATION_LENGTH]}"')
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return timedelta(seconds=min(seconds, _LONGEST_BAN)) if seconds else None


def metadata(given: Metadata | None) -> Metadata:
    """Metadata within their bounds.

    Raises:
        Refused: they are too large or too deep.
    """
    if not given:
        return {}
    if _too_deep(given):
        raise invalid(f"Metadata may be nested {_DEEPEST} deep at most")
    kept(given)
    return given


def kept(merged: Metadata) -> None:
    """Nothing, where metadata are within their bounds after a change as well: many small changes make a large one.

    Raises:
        Refused: they are too large.
    """
    if len(msgspec.json.encode(merged)) > _METADATA:
        raise invalid(f"Metadata may have {_METADATA} bytes at most")


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for one in level for inner in _inside(one) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
