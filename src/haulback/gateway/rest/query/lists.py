"""`in.(…)`: a list as the query string writes it becomes an array as PostgreSQL reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache, partial

from haulback.gateway.answer import Refusal

_BEGIN = re.compile(r"[ \t]*\([ \t]*")
_BLANKS = re.compile(r"[ \t]*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"(?=[,)]|\Z)', re.DOTALL)
_PLAIN = re.compile(r"[^,)]*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@lru_cache(maxsize=64)
def array_of(head: str) -> Callable[[str], str]:
    """What turns the rest behind `head` (`in.`, `not.in.`) into an array literal."""
    return partial(_array, head)


def array_literal(values: Iterable[str]) -> str:
    """`{"a","b"}`; one empty text is what `in.()` says, and means no value at all."""
    texts = [_element(value) for value in values]
    return "{}" if texts == ['""'] else f"{{{','.join(texts)}}}"


def unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def _element(value: str) -> str:
    if "\0" in value:
        value = value.partition("\0")[0]
    if "\\" in value:
        value = value.replace("\\", "\\\\")
    if '"' in value:
        value = value.replace('"', '\\"')
    return f'"{value}"'


def _array(head: str, rest: str) -> str:
    begin = _BEGIN.match(rest)
    if begin is None:
        raise _unreadable(head, rest, _blanks(rest, 0), '"("')
    if '"' not in rest:
        end = rest.find(")", begin.end())
        if end < 0:
            raise _unreadable(head, rest, len(rest), '"," or ")"')
        return array_literal(rest[begin.end() : end].split(","))
    return array_literal(_elements(head, rest, begin.end()))


def _elements(head: str, rest: str, at: int) -> Iterable[str]:
    while True:
        quoted = _QUOTED.match(rest, at)
        if quoted is not None:
            yield unescaped(quoted[1])
            at = quoted.end()
        else:
            plain = _PLAIN.match(rest, at)
            yield plain[0] if plain else ""
            at = plain.end() if plain else at
        following = rest[at : at + 1]
        if following == ")":
            return
        if following != ",":
            raise _unreadable(head, rest, at, '"," or ")"')
        at += 1


def _blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _unreadable(head: str, rest: str, at: int, expected: str) -> Refusal:
    found = f'"{rest[at]}"' if at < len(rest) else "end of input"
    return Refusal(
        400,
        "PGRST100",
        f'"failed to parse filter ({head}{rest})" (line 1, column {len(head) + at + 1})',
        details=f"unexpected {found} expecting {expected}",
    )
