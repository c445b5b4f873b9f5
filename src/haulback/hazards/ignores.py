"""`-- haulback:ignore ID reason`: silences one hazard of the statement that it stands before, in or behind.

Only a comment counts, from `--` to the end of the line: not a literal, not a body of a function, not a comment in
`/* */`. The body of a DO block runs with the migration, so that a comment in it counts for the block.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from haulback.hazards.reading import Seen

_MARK = "haulback:ignore"
# What may hold the sign of a comment without being one. An opened /* is read on by hand, since it nests.
_SIGNS = r"""
      (?P<comment> --[^\n\r]*+ )
    | (?P<block> /\* )
    | (?<![\w$])e'(?:[^'\\]|\\.|'')*+' | '[^']*+' | "[^"]*+"
    | (?<![\w$])\$(?P<tag>(?:[a-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*+)?)\$(?P<body>.*?)\$(?P=tag)\$
"""
_EDGE = re.compile(r"/\*|\*/")
# One comment may hold several, each with its own sign; several ids before one reason are parted by commas.
_IGNORE = rf"--[ \t]*{_MARK}\b[ \t]*(?P<ids>[\w/-]+(?:[ \t]*,[ \t]*[\w/-]+)*)?(?P<reason>(?:(?!--[ \t]*{_MARK}\b).)*)"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """13 ms for both, and most files silence nothing."""
    return re.compile(pattern, re.VERBOSE | re.DOTALL | re.IGNORECASE if pattern == _SIGNS else 0)


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
    if _MARK not in text:
        return ()
    statement = _Statements(text, [one for one in statements if not one.inside])
    found = []
    for offset, comment in _comments(text, 0, statement):
        for match in _compiled(_IGNORE).finditer(comment):
            at = offset + match.start()
            line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
            ids = [one.strip() for one in (match["ids"] or "").split(",")]
            found += [Ignore(one, match["reason"].strip(), line, column, statement.number(at)) for one in ids]
    return tuple(found)


class _Statements:
    """Finds the statement of a place, in characters of the whole text."""

    def __init__(self, text: str, statements: Sequence[Seen]) -> None:
        self._text, self._statements = text, statements
        ascii_ = text.isascii()
        encoded = b"" if ascii_ else text.encode()

        def characters(offset: int) -> int:
            return offset if ascii_ else len(encoded[:offset].decode(errors="replace"))

        self._starts = [characters(one.start) for one in statements]
        self._ends = [characters(one.end) for one in statements]

    def number(self, offset: int) -> int | None:
        """In a statement its own; behind it on its last line too; else that of the next."""
        around = self._around(offset)
        if around is None:
            ended = bisect_right(self._ends, offset) - 1
            behind = ended >= 0 and "\n" not in self._text[self._ends[ended] : offset]
            around = ended if behind else bisect_left(self._starts, offset)
        return self._statements[around].number if around < len(self._statements) else None

    def is_block(self, offset: int) -> bool:
        """Whether it stands in a DO block."""
        around = self._around(offset)
        return around is not None and self._statements[around].name == "do_stmt"

    def _around(self, offset: int) -> int | None:
        begun = bisect_right(self._starts, offset) - 1
        return begun if begun >= 0 and offset < self._ends[begun] else None


def _comments(text: str, begun: int, statements: _Statements) -> Iterator[tuple[int, str]]:
    """(place in the whole text, comment) of those that begin with the mark; bodies of DO blocks are read too."""
    position = 0
    while found := _compiled(_SIGNS).search(text, position):
        position = found.end()
        if found["block"]:
            position = _end_of_block(text, position)
        elif found["comment"] and _compiled(_IGNORE).match(found["comment"]):
            yield begun + found.start(), found["comment"]
        elif found["body"] and _MARK in found["body"] and statements.is_block(begun + found.start()):
            yield from _comments(found["body"], begun + found.start("body"), statements)


def _end_of_block(text: str, position: int) -> int:
    """Behind the end of the comment whose `/*` ends at `position`."""
    depth = 1
    while depth and (edge := _EDGE.search(text, position)):
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return len(text) if depth else position
