"""`and=(…)` and `or=(…)`: filters in trees, their values among them."""

from __future__ import annotations

import re

from haulback.gateway.rest.query.lists import unescaped
from haulback.gateway.rest.query.names import NAME_LABEL, path
from haulback.gateway.rest.query.names import name as read_name
from haulback.gateway.rest.query.operators import operator
from haulback.gateway.rest.query.scanner import Scanner, Stuck, scanned
from haulback.gateway.rest.query.tree import Compare, Field, Filter, In, Is, Logic, Path

_GROUP = re.compile(r"(not\.)?(and|or)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"(?=[,)]|\Z)', re.DOTALL)
_ARRAY = re.compile(r"\{[^{}]*\}")
_PLAIN = re.compile(r"[^,)]*")
_OPERATION_LABEL = "logic operator (and, or)"
_DEEPEST = 32


def logic_path(key: str) -> tuple[Path, str]:
    """Where a tree belongs, and how it begins: `and`, `or`, each perhaps with `not.`.

    Raises:
        Refusal: PGRST100.
    """
    names = scanned("logic path", key, _names)
    negated = "not." if "not" in names else ""
    return tuple([one for one in names[:-1] if one != "not"]), negated + names[-1]


def logic(begin: str, text: str) -> Logic | Filter:
    """The tree.

    Raises:
        Refusal: PGRST100.
    """
    return scanned("logic tree", begin + text, lambda scanner: _tree(scanner, 0), text)


def _names(scanner: Scanner) -> list[str]:
    found: list[str] = []
    while True:
        one = read_name(scanner)
        if one is None:
            raise Stuck
        found.append(one)
        if not scanner.takes(".", "delimiter (.)"):
            return found


def _tree(scanner: Scanner, depth: int) -> Logic | Filter:
    start = scanner.at
    group = _GROUP.match(scanner.text, start)
    try:
        return _filter(scanner)
    except Stuck:
        scanner.at = start
        if group is None:
            raise _no_group(scanner) from None
    scanner.commit()
    scanner.at = group.end()
    _opening(scanner)
    if depth == _DEEPEST:
        raise scanner.stuck(f"at most {_DEEPEST} levels")
    terms = [_tree(scanner, depth + 1)]
    while _comma(scanner):
        terms.append(_tree(scanner, depth + 1))
    scanner.needs(")")
    scanner.skip_blanks()
    return Logic(group[2] == "or", tuple(terms), group[1] is not None)


def _no_group(scanner: Scanner) -> Stuck:
    if scanner.sees("not."):
        scanner.commit()
        return scanner.stuck(_OPERATION_LABEL, at=scanner.at + len("not."))
    return scanner.stuck("negation operator (not)", _OPERATION_LABEL)


def _filter(scanner: Scanner) -> Filter:
    scanner.skip_blanks()
    column = read_name(scanner)
    if column is None:
        raise scanner.stuck(NAME_LABEL)
    field = Field(column, path(scanner))
    scanner.skip_blanks()
    scanner.needs(".", "delimiter (.)")
    test, negated = operator(scanner)
    match test:
        case In(_, head):
            return Filter(field, In(_list(scanner), head), negated)
        case Compare(op, _, quantifier, language):
            return Filter(field, Compare(op, _value(scanner), quantifier, language), negated)
        case Is():
            return Filter(field, test, negated)


def _value(scanner: Scanner) -> str:
    quoted = _QUOTED.match(scanner.text, scanner.at)
    if quoted is not None:
        scanner.at = quoted.end()
        return unescaped(quoted[1])
    found = _ARRAY.match(scanner.text, scanner.at) or _PLAIN.match(scanner.text, scanner.at)
    if found is None:
        return ""
    scanner.at = found.end()
    return found[0]


def _element(scanner: Scanner) -> str:
    found = _QUOTED.match(scanner.text, scanner.at)
    if found is not None:
        scanner.at = found.end()
        return unescaped(found[1])
    plain = _PLAIN.match(scanner.text, scanner.at)
    if plain is None:
        return ""
    scanner.at = plain.end()
    return plain[0]


def _list(scanner: Scanner) -> tuple[str, ...]:
    _opening(scanner)
    elements = [_element(scanner)]
    while scanner.takes(","):
        elements.append(_element(scanner))
    scanner.skip_blanks()
    scanner.needs(")")
    scanner.skip_blanks()
    return tuple(elements)


def _opening(scanner: Scanner) -> None:
    scanner.skip_blanks()
    scanner.needs("(")
    scanner.skip_blanks()


def _comma(scanner: Scanner) -> bool:
    scanner.skip_blanks()
    if scanner.takes(","):
        scanner.skip_blanks()
        return True
    return False
