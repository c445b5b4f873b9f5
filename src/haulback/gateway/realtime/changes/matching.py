"""Holds forms of policies against a row as it is in the log: for whom they may hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from haulback.gateway.realtime.changes.forms import (
    AllOf,
    Always,
    AnyOf,
    Claim,
    Comparison,
    Contains,
    Form,
    OfClaims,
    OfRow,
    Sifted,
)
from haulback.gateway.realtime.changes.pgoutput import UNCHANGED, Value
from haulback.gateway.realtime.changes.register import Subscription
from haulback.gateway.realtime.changes.rendering import Change
from haulback.gateway.realtime.changes.tables import Column, Table
from haulback.gateway.realtime.changes.values import NotAnArray, encoder

Found = dict[Subscription, None]


@dataclass(frozen=True, slots=True)
class Matching:
    """Finds those for whom a form may hold.

    Attributes:
        table: that was changed.
        change: with the row.
        by_value: subscriptions by an expression of their claims and its value.
    """

    table: Table
    change: Change
    by_value: Mapping[tuple[str, str], Found]

    def found(self, form: Form) -> Found | None:
        """None for everybody."""
        match form:
            case AllOf(parts):
                return _in_all([found for found in map(self.found, parts) if found is not None])
            case AnyOf(parts):
                each = [self.found(part) for part in parts]
                return _in_any([found for found in each if found is not None]) if None not in each else None
            case Comparison(column, claim):
                value = self.change.new.get(column, UNCHANGED)
                return self._equal(claim, None if value is UNCHANGED else [value])
            case Contains(column, claim):
                return self._equal(claim, _elements(self.table.columns[column], self.change.new.get(column, UNCHANGED)))
            case OfClaims(claim):
                return self._equal(claim, [b"true"])
        return {} if isinstance(form, OfRow | Always) and holds_without_claims(form, self.change) is False else None

    def _equal(self, claim: Claim, values: Iterable[bytes | None] | None) -> Found | None:
        if values is None:
            return None
        return _in_any(
            [
                self.by_value.get((claim.expression, value.decode("utf-8", "replace")), {})
                for value in values
                if value is not None
            ]
        )


def holds_without_claims(form: Form, change: Change) -> bool | None:
    """Whether a form holds where all claims are NULL; None where that cannot be told."""
    match form:
        case AllOf(parts):
            told = [holds_without_claims(part, change) for part in parts]
            return False if False in told else None if None in told else True
        case AnyOf(parts):
            told = [holds_without_claims(part, change) for part in parts]
            return True if True in told else None if None in told else False
        case OfRow(column, values, negated):
            value = change.new.get(column, UNCHANGED)
            return None if value is UNCHANGED else (value in values) != negated
        case Always(passes):
            return passes
        case Sifted(nobody=None | True):
            return None
    return False if isinstance(form, Comparison | Contains | OfClaims | Sifted) else None


def _in_all(found: list[Found]) -> Found | None:
    if len(found) < 2:  # noqa: PLR2004 - nothing to compare with
        return found[0] if found else None
    smallest = min(found, key=len)
    return {one: None for one in smallest if all(one in others for others in found)}


def _in_any(found: list[Found]) -> Found:
    if len(found) == 1:
        return found[0]
    united: Found = {}
    for some in found:
        united.update(some)
    return united


def _elements(column: Column, value: Value) -> list[bytes | None] | None:
    """The elements of an array as the log has it; None where they cannot be told."""
    encode = encoder(column)
    if value is UNCHANGED or encode is None:
        return None
    if value is None:
        return []
    try:
        found = _flat(msgspec.json.decode(encode(value)))
        return [None if one is None else str(one).encode() for one in found]
    except (NotAnArray, msgspec.DecodeError):
        return None


def _flat(values: Iterable[object]) -> Iterator[object]:
    for one in values:
        if isinstance(one, list):
            yield from _flat(one)
        else:
            yield one
