"""`-- haulback:ignore ID reason`: silences one hazard of the statement that it stands before, in or behind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from haulback.hazards.reading import Seen

_COMMENT = re.compile(r"--[ \t]*haulback:ignore\b[ \t]*(?P<id>[\w/-]*)[ \t]*(?P<reason>[^\n]*)")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One such comment.

    Attributes:
        id: of the hazard; empty where none is named.
        number: of the statement that it is for; None where none follows.
    """

    id: str
    reason: str
    line: int
    column: int
    number: int | None


def ignores(text: str, statements: Sequence[Seen]) -> tuple[Ignore, ...]:
    """The comments of a file, each with its statement."""
    if "haulback:ignore" not in text:
        return ()
    encoded = text.encode()
    whole = [one for one in statements if not one.inside]
    found = []
    for match in _COMMENT.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - text.rfind("\n", 0, match.start())
        number = _statement(encoded, len(text[: match.start()].encode()), whole)
        found.append(Ignore(match["id"], match["reason"].strip().rstrip("*/").strip(), line, column, number))
    return tuple(found)


def _statement(encoded: bytes, offset: int, statements: Sequence[Seen]) -> int | None:
    """Behind a statement on its last line it is that one's; else the next one's that has not ended yet."""
    for one in statements:
        end_of_line = encoded.find(b"\n", one.end)
        if offset <= (len(encoded) if end_of_line < 0 else end_of_line):
            return one.number
    return None
