"""Names, and columns with paths into their JSON."""

from __future__ import annotations

import re

from haulback.gateway.rest.query.lists import unescaped
from haulback.gateway.rest.query.scanner import END, Scanner
from haulback.gateway.rest.query.tree import Field, JsonStep

NAME_LABEL = "field name (* or [a..z0..9_$])"
_KEY_LABEL = "any non reserved character different from: .,>()"
_WORD = re.compile(r"(?:[^\W\d]|[0-9 $])+")
_KEY = re.compile(r"[^(\-:.,>)]+")
_DASH = re.compile(r"-(?!>)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_INDEX = re.compile(r"-?[0-9]+")
_BEHIND_INDEX = re.compile(r"->|::|\.|,|\Z")
# PostgreSQL nests one expression in the next for each step.
_LONGEST_PATH = 64


def name(scanner: Scanner) -> str | None:
    """A quoted name, or words with single dashes between; None where there is neither."""
    if scanner.sees('"'):
        return quoted(scanner)
    found = _WORD.match(scanner.text, scanner.at)
    if found is None:
        scanner.missed(NAME_LABEL)
        return None
    scanner.at = found.end()
    text = _dashed(scanner, found[0].strip(), _WORD, ("letter", "digit"))
    scanner.missed("letter", "digit", '"-"')
    return text


def needed_name(scanner: Scanner) -> str:
    found = name(scanner)
    if found is None:
        raise scanner.stuck(NAME_LABEL)
    return found


def word(scanner: Scanner) -> str:
    """The name of a type or a language: no dashes and no quotes."""
    found = _WORD.match(scanner.text, scanner.at)
    if found is None:
        raise scanner.stuck("letter", "digit")
    scanner.at = found.end()
    scanner.missed("letter", "digit")
    return found[0].strip()


def field(scanner: Scanner) -> Field:
    """A column with its path, blanks around it."""
    scanner.skip_blanks()
    found = Field(needed_name(scanner), path(scanner))
    scanner.skip_blanks()
    return found


def path(scanner: Scanner) -> tuple[JsonStep, ...]:
    """`->key`, `->0`, `->>key`, as many as there are."""
    steps: list[JsonStep] = []
    while scanner.sees("->"):
        if len(steps) == _LONGEST_PATH:
            raise scanner.stuck(f"at most {_LONGEST_PATH} steps of a path")
        as_text = scanner.sees("->>")
        scanner.at += 3 if as_text else 2
        steps.append(_step(scanner, as_text=as_text))
    scanner.missed('"->>"', '"->"')
    return tuple(steps)


def quoted(scanner: Scanner) -> str:
    found = _QUOTED.match(scanner.text, scanner.at)
    if found is None:
        raise scanner.stuck('"\\\\"', '"\\""', at=len(scanner.text))
    scanner.at = found.end()
    return unescaped(found[1])


def _step(scanner: Scanner, *, as_text: bool) -> JsonStep:
    index = _INDEX.match(scanner.text, scanner.at)
    if index is not None and _BEHIND_INDEX.match(scanner.text, index.end()):
        scanner.at = index.end()
        return JsonStep(index[0], as_text, is_index=True)
    _missed_index(scanner, index)
    if scanner.sees('"'):
        return JsonStep(quoted(scanner), as_text)
    found = _KEY.match(scanner.text, scanner.at)
    if found is None:
        raise scanner.stuck(_KEY_LABEL)
    scanner.at = found.end()
    key = _dashed(scanner, found[0].strip(), _KEY, ())
    scanner.missed('"-"')
    return JsonStep(key, as_text)


def _missed_index(scanner: Scanner, index: re.Match[str] | None) -> None:
    if index is not None:
        letter = scanner.text[index.end()]
        scanner.missed("digit", '"->"', '"::"', '"."', '","', END, at=index.end(), found=f"'{letter}'")
    elif scanner.sees("-"):
        scanner.missed("digit", at=scanner.at + 1)
    else:
        scanner.missed('"-"', "digit")


def _dashed(scanner: Scanner, first: str, words: re.Pattern[str], expected: tuple[str, ...]) -> str:
    """The words that follow with a dash before each: a name may have dashes inside, but `->` is an arrow."""
    parts = [first]
    while _DASH.match(scanner.text, scanner.at):
        found = words.match(scanner.text, scanner.at + 1)
        if found is None:
            raise scanner.stuck(*expected, at=scanner.at + 1)
        parts.append(found[0].strip())
        scanner.at = found.end()
    return "-".join(parts)
