"""Walks along one text of the query string, and says where and why it could not go on.

PostgREST's messages come from Parsec, and clients compare them: of all that was tried without success, what got
farthest is told, with everything that could have followed there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from haulback.gateway.answer import Refusal

Result = TypeVar("Result")

END = "end of input"
_BLANKS = re.compile(r"[ \t]*")
_TAB = 8


class Stuck(Exception):
    """The text does not go on as it would have to."""


class Scanner:
    """A text and the place in it, counted from 0; beside it the farthest place where something was missed."""

    __slots__ = ("_expected", "_far", "_found", "at", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._far = -1
        self._found = ""
        self._expected: list[str] = []

    @property
    def ended(self) -> bool:
        return self.at >= len(self.text)

    def skip_blanks(self) -> None:
        found = _BLANKS.match(self.text, self.at)
        if found is not None:
            self.at = found.end()

    def sees(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def takes(self, text: str, label: str | None = None) -> bool:
        """Goes behind `text` if it stands here; else that is missed."""
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        self.missed(label or shown(text), found=self._differs(text))
        return False

    def needs(self, text: str, label: str | None = None) -> None:
        if not self.takes(text, label):
            raise Stuck

    def missed(self, *expected: str, at: int | None = None, found: str | None = None) -> None:
        """Notes what could have stood here, or at `at`; found is what did, where it is not just the next letter."""
        place = self.at if at is None else at
        if place < self._far:
            return
        if place > self._far:
            self._far, self._found, self._expected = place, found or self._next(place), []
        elif found is not None and found.startswith("'"):
            self._found = found
        self._expected += [one for one in expected if one not in self._expected]

    def stuck(self, *expected: str, at: int | None = None, found: str | None = None) -> Stuck:
        self.missed(*expected, at=at, found=found)
        return Stuck()

    def not_ended(self, *expected: str) -> Stuck:
        """Stuck where the text should have ended; quotes differ there, as Parsec has it."""
        return self.stuck(*expected, found=END if self.ended else f"'{self.text[self.at]}'")

    def commit(self) -> None:
        """What was missed so far belonged to readings that are given up now."""
        self._far = -1
        self._expected = []

    def refusal(self, what: str) -> Refusal:
        line, column = _position(self.text, max(self._far, 0))
        expecting = _either(self._expected)
        return Refusal(
            400,
            "PGRST100",
            f'"failed to parse {what}" (line {line}, column {column})',
            details=f"unexpected {self._found}{' expecting ' if expecting else ''}{expecting}",
        )

    def _next(self, place: int) -> str:
        return shown(self.text[place]) if place < len(self.text) else END

    def _differs(self, text: str) -> str:
        """The first letter here that is not as in `text`."""
        here = self.text[self.at : self.at + len(text)]
        at = next((at for at, letter in enumerate(here) if letter != text[at]), len(here))
        return shown(here[at]) if at < len(here) else END


def scanned(what: str, text: str, parser: Callable[[Scanner], Result], shown_text: str | None = None) -> Result:
    """What the parser makes of the text.

    Raises:
        Refusal: PGRST100, which tells `shown_text` or else the text.
    """
    scanner = Scanner(text)
    try:
        return parser(scanner)
    except Stuck:
        raise scanner.refusal(f"{what} ({text if shown_text is None else shown_text})") from None


def shown(text: str) -> str:
    """As Haskell shows it."""
    return f'"{"".join([_letter(one) for one in text])}"'


def _letter(one: str) -> str:
    if one in {'"', "\\"}:
        return f"\\{one}"
    if one == "\n":
        return "\\n"
    if one == "\t":
        return "\\t"
    return one if " " <= one <= "~" else f"\\{ord(one)}"


def _position(text: str, place: int) -> tuple[int, int]:
    before = text[:place]
    line = before.count("\n") + 1
    column = 1
    for part in before[before.rfind("\n") + 1 :].split("\t")[:-1]:
        column += len(part)
        column += _TAB - (column - 1) % _TAB
    return line, column + len(before) - max(before.rfind("\n"), before.rfind("\t")) - 1


def _either(expected: list[str]) -> str:
    # The end is told last, whatever was tried first.
    several = [one for one in expected if one != END] + [END] * (END in expected)
    return f"{', '.join(several[:-1])} or {several[-1]}" if len(several) > 1 else "".join(several)
