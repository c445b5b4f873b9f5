"""What a statement sets for its answer: `response.headers` and `response.status`."""

from __future__ import annotations

from typing import Any

import msgspec

from haulback.gateway.answer import Answer, Refusal
from haulback.gateway.refusing import is_framing, is_header

Headers = tuple[tuple[str, str], ...]


def said(given: str | None, status: str | None, usual: int, headers: Headers, body: bytes) -> Answer:
    """The answer, with what the database wants otherwise.

    Args:
        given: response.headers; None where it is not set.
        status: response.status; None where it is not set.
        usual: status where none is set.
        headers: that go out unless set otherwise.
        body: of the answer.

    Raises:
        Refusal: PGRST111 and 112, where the settings cannot be read.
    """
    if given is None and status is None:
        return Answer(usual, headers, body)
    chosen = _chosen_headers(given)
    names = {name.lower() for name, _ in chosen}
    kept = tuple(pair for pair in headers if pair[0].lower() not in names)
    return Answer(_chosen_status(status) or usual, (*kept, *chosen), body)


def _chosen_status(text: str | None) -> int | None:
    """What the statement set as response.status: the digits that it begins with."""
    if not text:
        return None
    digits = text[: next((at for at, sign in enumerate(text) if sign not in "0123456789"), len(text))]
    if len(digits) != len("200") or digits[0] == "0":
        raise Refusal(500, "PGRST112", "response.status guc must be a valid status code")
    return int(digits)


def _chosen_headers(text: str | None) -> Headers:
    """What the statement set as response.headers, without those that say how the message ends."""
    if not text:
        return ()
    try:
        given: list[dict[str, Any]] = msgspec.json.decode(text, type=list[dict[str, str]])
    except (msgspec.MsgspecError, RecursionError, ValueError):
        given = [{}]
    pairs = [pair for each in given for pair in each.items()]
    if any(len(each) != 1 for each in given) or not all(map(is_header, pairs)):
        raise Refusal(
            500,
            "PGRST111",
            "response.headers guc must be a JSON array composed of objects with a single key and a string value",
        )
    return tuple(pair for pair in pairs if not is_framing(pair[0]))
