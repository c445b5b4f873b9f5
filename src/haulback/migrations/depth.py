"""How deep the tree of a statement would be, told by its text: a tree too deep ends the process, not the parser.

libpg_query writes a tree down by recursion, and a chain such as `1 + 1 + 1` is as deep as it is long: near 24,000
links a stack of 8 MB is full, which is a segmentation fault. What nests to the right (parentheses, subqueries, CASE)
its grammar refuses by itself, before 5,000. A server as it comes refuses a chain of 5,000 links, by max_stack_depth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

DEEPEST = 10_000

# A link of a chain has two bytes at the least: what is shorter than this needs no look.
SHORTEST = 2 * DEEPEST

# A short group of parentheses with no more than one level in it is one token, and so is a row of VALUES: 50 MB of
# rows are read in a second or two. It holds at most so many links.
_MOST_IN_GROUP = 400

_TOKEN = re.compile(
    rb"""
      (?P<quiet> --[^\n]*+ | /\*.*?\*/ | (?<![\w$])e'(?:[^'\\]|\\.|'')*+' | '[^']*+' | "[^"]*+"
               | (?<![\w$])\$(?P<tag>(?:[a-z_\x80-\xff][\w\x80-\xff]*+)?)\$.*?\$(?P=tag)\$ )
    | (?P<group> \((?:
            [^-/()'"$;\\] | -(?!-) | /(?!\*) | '[^'\\]*+'
          | \((?:[^-/()'"$;\\]|-(?!-)|/(?!\*)|'[^'\\]*+'){0,128}+\)
        ){0,512}+\) )
    | (?P<open> [(\[] | (?<![\w$])case(?![\w$]) )
    | (?P<close> [)\]] | (?<![\w$])end(?![\w$]) )
    | (?P<end> ; )
    | (?P<joint> (?<![\w$])(?:join|union|intersect|except)(?![\w$]) )
    | (?P<part> , | (?<![\w$])(?:and|or|when|then|else|select|from|where|on|having|set|values)(?![\w$]) )
    | (?P<link> :: | [-+*/<>=~!@\#%^&|`?]+ | (?<![\w$])(?:collate|is|isnull|notnull|at|operator)(?![\w$]) )
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


@dataclass(slots=True)
class _Level:
    """What stands between two parentheses, or between CASE and END.

    Attributes:
        joints: of tables and queries; they make one chain, whatever stands between them.
        links: of the chain of operators that is going on.
        inside: how deep the deepest part of that chain is.
        deepest: of the chains that ended.
    """

    joints: int = 0
    links: int = 0
    inside: int = 0
    deepest: int = 0

    @property
    def depth(self) -> int:
        return self.joints + max(self.deepest, self.links + self.inside)

    def part(self) -> None:
        self.deepest = max(self.deepest, self.links + self.inside)
        self.links = self.inside = 0


class _Nesting:
    """The levels that are open."""

    def __init__(self) -> None:
        self._outer: list[_Level] = []
        self._level = _Level()
        self._above = 0  # how deep what is open around here makes it

    @property
    def depth(self) -> int:
        return self._above + self._level.depth

    def take(self, kind: str | None, length: int) -> bool:
        """Takes a token; returns whether it may have made anything deeper."""
        level = self._level
        match kind:
            case "part":
                level.part()
            case "open":
                self._outer.append(level)
                self._above += level.joints + level.links + 1
                self._level = _Level()
            case "end":
                self._level = _Level()
            case "group":
                level.inside = max(level.inside, min(_MOST_IN_GROUP, length))
            case "link":
                level.links += 1
                return True
            case "joint":
                level.joints += 1
                level.part()
                return True
            case "close":
                return self._close()
        return False

    def _close(self) -> bool:
        if not self._outer:
            return False
        closed, self._level = self._level, self._outer.pop()
        self._above -= self._level.joints + self._level.links + 1
        self._level.inside = max(self._level.inside, closed.depth + 1)
        return True


def too_deep(text: bytes, start: int, end: int) -> int | None:
    """Where in this part of a text a statement becomes deeper than `DEEPEST`, in bytes; None where none does.

    It adds up the chains that hold each other. What it counts is never less than what the parser makes of it.
    """
    if end - start < SHORTEST:
        return None
    nesting = _Nesting()
    for token in _TOKEN.finditer(text, start, end):
        if nesting.take(token.lastgroup, token.end() - token.start()) and nesting.depth > DEEPEST:
            return token.start()
    return None
