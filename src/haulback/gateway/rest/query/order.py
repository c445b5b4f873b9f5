"""`order=`: columns, or columns of embedded to-one tables, each with a direction and a place for nulls."""

from __future__ import annotations

import re

from haulback.gateway.rest.query.names import field, needed_name
from haulback.gateway.rest.query.scanner import END, Scanner, scanned
from haulback.gateway.rest.query.tree import Field, OrderTerm

_PLAIN = re.compile(r"[ \t]*([A-Za-z_]\w*)(?:\.(asc|desc))?(?:\.nulls(first|last))?[ \t]*(?=,|\Z)", re.ASCII)
_DIRECTIONS = {"asc": False, "desc": True}
_MOST = 1500


def order(text: str) -> tuple[OrderTerm, ...]:
    """The terms.

    Raises:
        Refusal: PGRST100.
    """
    return scanned("order", text, _terms)


def _terms(scanner: Scanner) -> tuple[OrderTerm, ...]:
    terms = [_term(scanner)]
    while scanner.takes(","):
        if len(terms) == _MOST:
            raise scanner.stuck(f"at most {_MOST} terms")
        terms.append(_term(scanner))
    return tuple(terms)


def _term(scanner: Scanner) -> OrderTerm:
    plain = _PLAIN.match(scanner.text, scanner.at)
    if plain is not None:
        scanner.at = plain.end()
        direction = None if plain[2] is None else _DIRECTIONS[plain[2]]
        return OrderTerm(Field(plain[1]), None, direction, plain[3])
    scanner.skip_blanks()
    return _of_relation(scanner) or _ended(scanner, field(scanner), None)


def _of_relation(scanner: Scanner) -> OrderTerm | None:
    """`relation(column)`; None where it is not one."""
    start = scanner.at
    relation = needed_name(scanner)
    if not scanner.takes("("):
        scanner.commit()
        scanner.at = start
        return None
    column = field(scanner)
    if not scanner.takes(")"):
        scanner.commit()
        scanner.at = start
        return None
    return _ended(scanner, column, relation)


def _ended(scanner: Scanner, column: Field, relation: str | None) -> OrderTerm:
    descending = nulls = None
    if _takes(scanner, ".asc"):
        descending = False
    elif _takes(scanner, ".desc"):
        descending = True
    if _takes(scanner, ".nullsfirst"):
        nulls = "first"
    elif _takes(scanner, ".nullslast"):
        nulls = "last"
    if not (scanner.ended or scanner.sees(",")):
        raise scanner.not_ended('","', END)
    scanner.skip_blanks()
    return OrderTerm(column, relation, descending, nulls)


def _takes(scanner: Scanner, text: str) -> bool:
    """A word behind a dot; the two are missed one by one."""
    if scanner.sees(text):
        scanner.at += len(text)
        return True
    if scanner.takes(".", "delimiter (.)"):
        scanner.takes(text[1:])
        scanner.at -= 1
    return False
