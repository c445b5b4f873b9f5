"""Makes text from outside fit to be shown: without secrets, on one line, nothing that steers a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from haulback.redact import redact


def plain(text: object) -> str:
    """Returns `text` redacted and on one line.

    A character that does not print (control characters, halves of surrogate pairs from odd file names, marks
    that turn the direction of writing) is shown as its escape: names and messages come from files and servers
    that others write to.
    """
    flat = " ".join(redact(str(text)).split())
    return flat if flat.isprintable() else "".join(map(_shown, flat))


def clean(value: Any) -> Any:
    """Returns a JSON value whose texts are redacted, keys included.

    This comes before the encoding: a secret in quotes is not found any more once the quotes are escaped.
    """
    match value:
        case str():
            shown = redact(value)
            return shown if shown.isprintable() else "".join(one if one in "\n\t" else _shown(one) for one in shown)
        case Mapping():
            return {clean(key): clean(one) for key, one in value.items()}
        case list() | tuple():
            return [clean(one) for one in value]
        case _:
            return value


def cleaned(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document whose texts are clean."""
    return {key: clean(value) for key, value in document.items()}


def _shown(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def counted(number: int, one: str, many: str = "") -> str:
    """`1 statement`, `2 statements`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def lasting(seconds: float) -> str:
    """A length of time as a person says it: `7 days`, `5 hours`, `3 minutes`."""
    for length, noun in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= length:
            return counted(int(seconds // length), noun)
    return counted(int(seconds), "second")


def aged(seconds: float) -> str:
    """How old something is; a clock that was wrong puts it ahead of now."""
    return f"{lasting(seconds)} old" if seconds >= 0 else f"{lasting(-seconds)} ahead"
