"""Conditions that PostgreSQL can tell for the claims of many at once: those of its own operators, and subqueries.

Such a condition is run without row security, by another role, and with the claims taken out of it. So it may call
nothing but a few functions of PostgreSQL's own, and read tables only so that fewer rows in them never let more be seen:
in one plain subquery, in whose result something is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from haulback.gateway.realtime.changes.claimed import TYPES, Claims
from haulback.gateway.realtime.changes.expressions import Group, Node, Token, bare, is_, split
from haulback.gateway.realtime.changes.forms import Claim, Pieces, Sifted

_PATHS = ("->", "->>", "::")
_OPERATORS = frozenset({"=", "<>", "<", ">", "<=", ">=", "?", "@>", "<@", "&&", "~~", "!~~", "+", "-", *_PATHS})
_STRICT = ("=", "<", ">", "<=", ">=", "<>")
_LOGIC = frozenset({"AND", "OR", "NOT", "IS", "NULL", "TRUE", "FALSE", "ANY", "ARRAY", "DISTINCT"})
_CASES = frozenset({"CASE", "WHEN", "THEN", "ELSE", "END"})
_LOOKING = frozenset({"SELECT", "FROM", "WHERE", "AS", "JOIN", "ON", "EXISTS", "IN"})
_WITHIN = frozenset({"COALESCE", "NULLIF"})  # keywords that an operand may hold
_KEYWORDS = _LOGIC | _CASES | _LOOKING | _WITHIN
_FUNCTIONS = frozenset({"lower", "upper", "length", "now", "cardinality"})
_TYPES = TYPES | {"numeric"}
_RESERVED = "haulback_"


def read(items: Sequence[Node], claims: Claims) -> Sifted | None:
    """A condition that can be told for many claims at once; None where it is none of those."""
    pieces = _joined(_pieces(items, claims))
    if pieces is None or any(_RESERVED in one for one in pieces if isinstance(one, str)):
        return None
    if not _selects(items, claims):
        return Sifted(pieces, looks=False, nobody=None if any(isinstance(one, Claim) for one in pieces) else True)
    return _looking(items, claims, pieces)


def _looking(items: Sequence[Node], claims: Claims, pieces: Pieces) -> Sifted | None:
    """A condition with a subquery."""
    found = _subquery(items)
    if found is None or _selects(items, claims) != 1:
        return None
    sought, select = found
    if [is_(node, word) for node, word in zip(select.items[1:], ("DISTINCT", "ON"), strict=False)] == [True, True]:
        return None  # the first of some rows may be another one where there are more
    never = bool(sought) and claims.claim(sought) is not None
    return Sifted(pieces, looks=True, nobody=False if never or _needs_claim(select, claims) else None)


def _subquery(items: Sequence[Node]) -> tuple[Sequence[Node], Group] | None:
    """What is looked for, nothing where any row will do, and the subquery in which it is.

    Operators with NULL, which a scalar subquery without a row is, are NULL: fewer rows never let more be seen.
    """
    match list(items):
        case [Token() as word, Group() as select] if is_(word, "EXISTS") and _is_select(select):
            return (), select
        case [*sought, Token() as sign, Group() as select] if is_(sign, "IN", *_STRICT) and _is_select(select):
            return (sought, select) if sought and not any(map(_separates, sought)) else None
        case [Group() as select, Token() as sign, *sought] if is_(sign, *_STRICT) and _is_select(select):
            return (sought, select) if sought and not any(map(_separates, sought)) else None
    return None


def _is_select(node: Node) -> bool:
    return isinstance(node, Group) and node.bracket == "(" and bool(node.items) and is_(node.items[0], "SELECT")


def _selects(items: Sequence[Node], claims: Claims) -> int:
    """How many subqueries there are besides those that are claims."""
    number = 0
    for node in items:
        if isinstance(node, Group) and claims.claim([node]) is None:
            number += _is_select(node) + _selects(node.items, claims)
    return number


def _needs_claim(select: Group, claims: Claims) -> bool:
    """Whether a subquery finds nothing where claims are NULL: one of its conditions compares one with something."""
    parts = split(select.items, lambda node: is_(node, "WHERE"))
    if len(parts) != 2:  # noqa: PLR2004 - before and after WHERE
        return False
    for part in split(bare(parts[1]), lambda node: is_(node, "AND")):
        sides = split(bare(part), lambda node: is_(node, "="))
        if len(sides) == 2 and any(side and claims.claim(side) is not None for side in sides):  # noqa: PLR2004
            return True
    return False


def _pieces(items: Sequence[Node], claims: Claims) -> Iterator[str | Claim | None]:
    """Text and claims one after the other; None where something is not to be run."""
    for part in _operands(items):
        if len(part) == 1 and isinstance(part[0], Token) and _separates(part[0]):
            yield f" {part[0].text} " if _is_known(part[0]) else None
            continue
        claim = claims.claim(part)
        if claim is not None:
            yield claim
        else:
            yield from _operand(part, claims)


def _operand(part: Sequence[Node], claims: Claims) -> Iterator[str | Claim | None]:
    if not _is_plain(part):
        yield None
        return
    for node in part:
        if isinstance(node, Group):
            yield node.bracket
            yield from _pieces(node.items, claims)
            yield ")" if node.bracket == "(" else "]"
        elif is_(node, ".", "::"):
            yield node.text
        else:
            yield f" {node.text}" if node.kind == "name" else f" {node.text} "


def _operands(items: Sequence[Node]) -> Iterator[Sequence[Node]]:
    begin = 0
    for at, node in enumerate(items):
        if _separates(node):
            if begin < at:
                yield items[begin:at]
            yield items[at : at + 1]
            begin = at + 1
    if begin < len(items):
        yield items[begin:]


def _separates(node: Node) -> bool:
    if not isinstance(node, Token):
        return False
    if node.kind == "keyword":
        return node.text not in _WITHIN
    return is_(node, ",") or (node.kind == "operator" and node.text not in _PATHS)


def _is_known(node: Token) -> bool:
    return node.text in (_KEYWORDS if node.kind == "keyword" else _OPERATORS | {","})


def _is_plain(part: Sequence[Node]) -> bool:
    """Whether an operand calls no function and casts to no type but those that are known."""
    for at, node in enumerate(part):
        before = part[at - 1] if at else None
        if isinstance(node, Group) and isinstance(before, Token) and before.kind == "name" and node.bracket == "(":
            # A name before a parenthesis is that of a function.
            qualified = at > 1 and is_(part[at - 2], ".")
            if qualified or before.text not in _FUNCTIONS:
                return False
        if is_(node, "::") and not _is_type(part[at + 1 :]):
            return False
    return True


def _is_type(after: Sequence[Node]) -> bool:
    """Whether a cast is to a known type, or to one in a schema: those can only be enums, else the policy is not run."""
    words: list[str] = []
    for node in after:
        if not isinstance(node, Token) or not (node.kind == "name" or is_(node, ".")):
            break
        words.append(node.text)
    return " ".join(words) in _TYPES or (len(words) == 3 and words[1] == ".")  # noqa: PLR2004 - schema.type


def _joined(found: Iterator[str | Claim | None]) -> Pieces | None:
    """Pieces with all text between two claims in one."""
    joined: list[str | Claim] = ["("]
    for one in found:
        if one is None:
            return None
        if isinstance(one, str) and isinstance(joined[-1], str):
            joined[-1] += one
        else:
            joined.append(one)
    return (*joined, ")")
