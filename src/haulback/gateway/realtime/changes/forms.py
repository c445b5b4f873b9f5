"""What a policy says, as far as it is understood: of which parts it is made, and what each depends on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """An expression of nothing but the claims, in SQL, qualified; type: of its value, None where it is not known."""

    expression: str
    type: str | None


Pieces = tuple[str | Claim, ...]  # of an expression: text as it stands, and what depends on the claims


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column equals a claim."""

    column: str
    claim: Claim
    pieces: Pieces


@dataclass(frozen=True, slots=True)
class Contains:
    """A column that is an array has a claim among its elements."""

    column: str
    claim: Claim
    pieces: Pieces


@dataclass(frozen=True, slots=True)
class OfClaims:
    """A condition that depends on the claims alone."""

    claim: Claim

    @property
    def pieces(self) -> Pieces:
        return ("(", self.claim, ")")


@dataclass(frozen=True, slots=True)
class OfRow:
    """A condition on one column: its text in the log is among some, or, negated, is not. None among them for NULL."""

    column: str
    values: frozenset[bytes | None]
    negated: bool
    pieces: Pieces


@dataclass(frozen=True, slots=True)
class Sifted:
    """A condition that only PostgreSQL can tell, but for many claims at once.

    Attributes:
        looks: whether it reads tables. Then row security of those was not regarded, which may let fewer see a row,
            and never more.
        nobody: whether it holds without claims: True where it is the same for everybody, False where it never does,
            None where that is not known.
    """

    pieces: Pieces
    looks: bool
    nobody: bool | None


@dataclass(frozen=True, slots=True)
class Always:
    """What lets all rows pass, or none."""

    passes: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What is not understood."""


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Form, ...]


Leaf = Comparison | Contains | OfClaims | OfRow | Sifted | Always | Asked
Form = Leaf | AllOf | AnyOf


def leaves(form: Form) -> Iterator[Leaf]:
    if isinstance(form, AllOf | AnyOf):
        for part in form.parts:
            yield from leaves(part)
    else:
        yield form


def claims(form: Form) -> Iterator[Claim]:
    """All claims that a form depends on."""
    for leaf in leaves(form):
        if not isinstance(leaf, Always | Asked):
            yield from (piece for piece in leaf.pieces if isinstance(piece, Claim))


def conditions(form: Form) -> frozenset[str]:
    """The expressions of claims that are conditions by themselves, and are nowhere compared with anything."""
    compared = {claim.expression for leaf in leaves(form) if not isinstance(leaf, OfClaims) for claim in claims(leaf)}
    return frozenset(claim.expression for claim in claims(form)) - compared


def whole(form: Form) -> bool:
    """Whether who has the same claims of a form sees the same rows."""
    return not any(isinstance(leaf, Asked) or (isinstance(leaf, Sifted) and leaf.looks) for leaf in leaves(form))


def known_of_nobody(form: Form) -> bool:
    """Whether whatever is seen without claims is seen with any, where all claims of the form are NULL without.

    Forms have no negation: what holds for nobody is then what depends on the row alone.
    """
    return not any(
        isinstance(leaf, Asked) or (isinstance(leaf, Sifted) and leaf.nobody is None) for leaf in leaves(form)
    )


def sieve(form: Form) -> Pieces | None:
    """A condition that holds for all who see a row, and for few others; None where there is none but `true`."""
    match form:
        case Asked() | Always(passes=True):
            return None
        case Always():
            return ("false",)
        case AllOf(parts):
            found = [pieces for pieces in map(sieve, parts) if pieces is not None]
            return _joined(found, " AND ") if found else None
        case AnyOf(parts):
            each = [sieve(part) for part in parts]
            known = [pieces for pieces in each if pieces is not None]
            return _joined(known, " OR ") if len(known) == len(each) else None
        case _:
            return None if any(isinstance(one, Claim) and one.type is None for one in form.pieces) else form.pieces


def _joined(parts: list[Pieces], word: str) -> Pieces:
    if not parts:
        return ("false",)
    joined: list[str | Claim] = ["("]
    for number, pieces in enumerate(parts):
        joined += [word] if number else []
        joined += pieces
    return (*joined, ")")
