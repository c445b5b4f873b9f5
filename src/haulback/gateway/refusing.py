"""PostgreSQL's errors as PostgREST answers them."""

from __future__ import annotations

from typing import Any

import msgspec

from haulback.gateway.answer import Refusal

_EXACT = {
    "23503": 409,
    "23505": 409,
    "25006": 405,
    "42883": 404,
    "42P01": 404,
    "42P17": 500,
    "53400": 500,
    "57P01": 503,
    "P0001": 400,
}
_BY_CLASS = {
    "08": 503,
    "09": 500,
    "0L": 403,
    "0P": 403,
    "25": 500,
    "28": 403,
    "2D": 500,
    "38": 500,
    "39": 500,
    "3B": 500,
    "40": 500,
    "53": 503,
    "54": 500,
    "55": 500,
    "57": 500,
    "58": 500,
    "F0": 500,
    "HV": 500,
    "P0": 500,
    "XX": 500,
}
_UNAUTHORIZED = 401
_STATUSES = range(100, 1000)


class _Raised(msgspec.Struct):
    """The MESSAGE of `RAISE SQLSTATE 'PGRST'`."""

    code: str
    message: str
    details: str | None = None
    hint: str | None = None


class _Response(msgspec.Struct):
    """Its DETAIL."""

    status: int
    headers: dict[str, str]
    status_text: str | None = None


def refused(
    sqlstate: str, message: str, detail: str | None = None, hint: str | None = None, *, authenticated: bool
) -> Refusal:
    """The answer to a request whose statement PostgreSQL refused; anonymous requests may lack a token, not a right."""
    if sqlstate == "PGRST":
        return _as_raised(message, detail)
    status = _status(sqlstate, message, authenticated=authenticated)
    headers = (("WWW-Authenticate", "Bearer"),) if status == _UNAUTHORIZED else ()
    reason = message if sqlstate.startswith("PT") else None
    return Refusal(status, sqlstate, message, details=detail, hint=hint, headers=headers, reason=reason)


def _status(sqlstate: str, message: str, *, authenticated: bool) -> int:
    match sqlstate:
        case "42501":
            return 403 if authenticated else _UNAUTHORIZED
        case "21000":  # the safeupdate extension's refusal is the client's doing, a view's error is not
            return 400 if message.endswith("requires a WHERE clause") else 500
        case "22023":  # the role of the token does not exist
            return _UNAUTHORIZED if message.startswith("role") and message.endswith("does not exist") else 400
        case "42883" if message.startswith("function xmlagg("):
            return 406
    if sqlstate.startswith("PT"):
        return _chosen(sqlstate[2:])
    return _EXACT.get(sqlstate) or _BY_CLASS.get(sqlstate[:2], 400)


def _chosen(digits: str) -> int:
    status = int(digits) if digits.isascii() and digits.isdigit() else 0
    return status if status in _STATUSES else 500


def _as_raised(message: str, detail: str | None) -> Refusal:
    raised = _decoded(message, _Raised)
    if raised is None:
        return _unparsable(
            f"Invalid JSON value for MESSAGE: '{message}'",
            "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys:"
            " 'details', 'hint'.",
        )
    hint = "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'."
    if detail is None:
        return _unparsable("DETAIL is missing in the RAISE statement", hint)
    response = _decoded(detail, _Response)
    if response is None or response.status not in _STATUSES or not all(map(is_header, response.headers.items())):
        return _unparsable(f"Invalid JSON value for DETAIL: '{detail}'", hint)
    return Refusal(
        response.status,
        raised.code,
        raised.message,
        details=raised.details,
        hint=raised.hint,
        headers=tuple(pair for pair in sorted(response.headers.items()) if not is_framing(pair[0])),
        reason=response.status_text,
    )


def _unparsable(details: str, hint: str) -> Refusal:
    return Refusal(
        500,
        "PGRST121",
        "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error",
        details=details,
        hint=hint,
    )


def _decoded(text: str, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None


# RFC 9110: what a name is made of.
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
# How a message ends is the server's to say: a statement that could would write the next answer as well.
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "trailer", "te"})


def is_header(pair: tuple[str, str]) -> bool:
    """Whether a statement may set this header: its name a token, its value on one line."""
    name, value = pair
    return bool(name) and _TOKEN.issuperset(name) and not any(sign in value for sign in "\r\n\0")


def is_framing(name: str) -> bool:
    return name.lower() in _FRAMING
