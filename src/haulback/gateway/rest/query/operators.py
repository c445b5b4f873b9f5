"""What a filter compares by: the words before its value."""

from __future__ import annotations

import re

from haulback.gateway.remembered import remembered
from haulback.gateway.rest.query.scanner import Scanner, Stuck, scanned
from haulback.gateway.rest.query.tree import Compare, In, Is, Quantifier, Slot

_LABEL = "operator (eq, gt, ...)"
_IS_LABEL = "isVal: (null, not_null, true, false, unknown)"
_PARTS = re.compile(
    r"(not\.)?(?:"
    r"(in|isdistinct|neq|cs|cd|ov|sl|sr|nxr|nxl|adj)"
    r"|(eq|gte|gt|lte|lt|like|ilike|match|imatch)(?:\((any|all)\))?"
    r"|(fts|plfts|phfts|wfts)(?:\(((?:[^\W\d]|[0-9 $])+)\))?"
    r")\."
)
_IS = re.compile(r"(not\.)?is\.")
_IS_VALUES = ("null", "not_null", "true", "false", "unknown")
_IS_VALUE = re.compile("|".join(_IS_VALUES), re.IGNORECASE | re.ASCII)
# In the order in which PostgREST tries them, which decides what its message tells.
_PLAIN = ("in", "is", "isdistinct", "fts", "plfts", "phfts", "wfts", "neq", "cs", "cd", "ov", "sl", "sr", "nxr", "nxl")
_QUANTIFIED = ("eq", "gte", "gt", "lte", "lt", "like", "ilike", "match", "imatch")
_WORDS = (*_PLAIN, "adj", *_QUANTIFIED)


def operator(scanner: Scanner) -> tuple[Compare | In | Is, bool]:
    """The test up to its value, which is left empty, and whether it is negated; of `is` the value as well."""
    found = _PARTS.match(scanner.text, scanner.at)
    if found is not None:
        scanner.at = found.end()
        negated, plain, quantified, quantifier, search, language = found.groups()
        if plain == "in":
            return In((), found[0]), negated is not None
        if quantified is not None:
            kind = Quantifier(quantifier) if quantifier else None
            return Compare(quantified, "", kind), negated is not None
        return Compare(plain or search, "", None, language.strip() if language else None), negated is not None
    is_found = _IS.match(scanner.text, scanner.at)
    if is_found is None:
        raise _no_operator(scanner)
    scanner.at = is_found.end()
    return Is(_is_value(scanner)), is_found[1] is not None


@remembered
def of_head(head: str, pair: int) -> tuple[Compare | In | Is, bool]:
    """The test of a pair whose value is behind `head`.

    Raises:
        Refusal: PGRST100.
    """
    test, negated = scanned("filter", head, operator)
    match test:
        case In():
            return In(Slot(pair), head), negated
        case Compare(op, _, quantifier, language):
            return Compare(op, Slot(pair), quantifier, language), negated
        case Is():
            return test, negated


def _is_value(scanner: Scanner) -> str:
    found = _IS_VALUE.match(scanner.text, scanner.at)
    if found is not None:
        scanner.at = found.end()
        return found[0].lower()
    here = scanner.text[scanner.at : scanner.at + len("not_null")].lower()
    far = max(_common(here, value) for value in _IS_VALUES)
    raise scanner.stuck(_IS_LABEL, at=scanner.at + far)


def _no_operator(scanner: Scanner) -> Stuck:
    if scanner.sees("not."):
        scanner.at += len("not.")
    elif scanner.takes("not"):
        scanner.missed("delimiter (.)")
        scanner.at -= len("not")
    for one in _WORDS:
        if scanner.takes(one, _LABEL):
            _missed_behind(scanner, one)
            scanner.at -= len(one)
    return Stuck()


def _missed_behind(scanner: Scanner, one: str) -> None:
    can_have_more = one in _QUANTIFIED or one.endswith("fts")
    scanner.missed(_LABEL, at=scanner.at + (1 if can_have_more and scanner.sees("(") else 0))


def _common(one: str, other: str) -> int:
    """How many letters they begin alike with."""
    alike = zip(one, other, strict=False)
    return next((at for at, (left, right) in enumerate(alike) if left != right), min(len(one), len(other)))
