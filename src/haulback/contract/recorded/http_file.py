"""Files with the suffix .http, as editors send them: requests parted by `###`, with `@name = value` for `{{name}}`.

`X-Role` and `X-User` say whom a request is made as, where no token does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from haulback.contract.recorded.taking import taken
from haulback.model.requests import RecordedRequest

_VARIABLE = re.compile(r"@(?P<name>[\w.-]+)\s*=\s*(?P<value>.*)")
_USED = re.compile(r"\{\{\s*([\w.$-]+)\s*\}\}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
_ROLE, _USER = "x-role", "x-user"


def read(content: bytes, name: str) -> Iterator[RecordedRequest]:
    """The requests to the REST API among those of a file.

    Raises:
        ValueError: a request cannot be read.
    """
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as wrong:
        raise ValueError(f"{name}: {wrong}") from wrong
    variables = {
        found["name"]: found["value"].strip() for line in lines if (found := _VARIABLE.fullmatch(line.strip()))
    }
    begun = 0
    for number in (*(place for place, line in enumerate(lines) if line.startswith("###")), len(lines)):
        asked = _request([_filled(line, variables) for line in lines[begun:number]], name, begun)
        if asked:
            yield asked
        begun = number + 1


def _filled(line: str, variables: Mapping[str, str]) -> str:
    return _USED.sub(lambda found: variables.get(found[1], found[0]), line)


def _request(lines: list[str], name: str, begun: int) -> RecordedRequest | None:
    first = next((place for place, line in enumerate(lines) if _counts(line)), None)
    if first is None:
        return None
    source = f"{name}:{begun + first + 1}"
    method, url = _asked(lines[first], source)
    headers: list[tuple[str, str]] = []
    place = first + 1
    while place < len(lines) and lines[place].strip():
        line = lines[place].strip()
        if line[0] in "?&":  # the address goes on
            url += line
        elif _counts(line):
            key, colon, value = line.partition(":")
            if not colon:
                raise ValueError(f"{source}: {line!r} is no header")
            headers.append((key.strip(), value.strip()))
        place += 1
    body = "\n".join(lines[place + 1 :]).strip().encode()
    try:
        return taken(method, url, headers, body, source, _claims({key.lower(): value for key, value in headers}))
    except ValueError as wrong:
        raise ValueError(f"{source}: {wrong}") from wrong


def _counts(line: str) -> bool:
    """Whether a line says anything: it is no comment, no variable and not empty."""
    text = line.strip()
    return bool(text) and not text.startswith(("#", "//", "@"))


def _asked(line: str, source: str) -> tuple[str, str]:
    parts = line.split()
    if parts[-1].startswith("HTTP/"):
        parts = parts[:-1]
    if parts and parts[0].upper() not in _METHODS:
        parts = ["GET", *parts]
    if len(parts) != 2:  # noqa: PLR2004 - a method and an address
        raise ValueError(f"{source}: {line.strip()!r} is no method and address")
    return parts[0], parts[1]


def _claims(headers: Mapping[str, str]) -> dict[str, str] | None:
    """Whom it is made as by these headers; None where they do not say."""
    user, role = headers.get(_USER), headers.get(_ROLE)
    if user:
        return {"role": role or "authenticated", "sub": user}
    return {"role": role} if role else None
