"""Reads one file for the rules. What does not parse is a finding, and the rest is read all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from haulback.hazards import blocks
from haulback.hazards.reading import Seen, kept
from haulback.migrations import grammar, parse
from haulback.migrations.grammar import NotSql, Parsed
from haulback.migrations.statements import allows_transaction

_MOST_FAULTS = 20  # a file with more is no SQL


@dataclass(frozen=True, slots=True)
class Text:
    """A file to look at.

    Attributes:
        problem: why it has no text, where it has none.
        label: of the migration that it is, where a rehearsal told of it.
    """

    path: Path
    text: str = ""
    problem: str = ""
    hint: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A place of a file that is no SQL, or no SQL that a migration may hold. `id` is that of its hazard."""

    id: str
    line: int
    column: int
    problem: str
    hint: str = ""


def scan(path: Path, text: str) -> tuple[tuple[Seen, ...], tuple[Fault, ...]]:
    """The statements of a file in order, those of DO blocks after their block, and what could not be read."""
    encoded = text.encode()
    places = parse.Places(encoded)
    seen: list[Seen] = []
    faults: list[Fault] = []
    unit = 0
    for number, found in enumerate(_tolerant(path, text, encoded)):
        if isinstance(found, Fault):
            faults.append(found)
            continue
        transactional = allows_transaction(found.name, found.node)
        if found.name == "transaction_stmt" and not parse.keeps_open(found.node):
            unit += 1
        line, column = places.at(found.start)
        source = encoded[found.start : found.end].decode().strip()
        unit += not transactional
        one = Seen(
            name=found.name,
            text=source,
            start=found.start,
            end=found.end,
            line=line,
            column=column,
            number=number,
            unit=unit,
            transactional=transactional,
            tree=(tree := kept(source, found.node)),
            origin=found.origin if tree is not None else 0,
        )
        unit += not transactional
        seen.append(one)
        if one.name == "do_stmt":
            seen += blocks.inside(one)
    return tuple(seen), tuple(faults)


def _tolerant(path: Path, text: str, encoded: bytes) -> Iterator[Parsed | Fault]:
    """Statements and faults in order; offsets of statements in bytes of the whole text."""
    begun, faults = 0, 0  # characters; how far all is told
    while True:
        rest = text[begun:]
        shift = len(text[:begun].encode()) if begun else 0
        try:
            yield from _shifted(grammar.statements(rest.encode() if begun else encoded), shift)
        except NotSql as error:
            faults += 1
            good = _good(rest[: error.position])
            yield from _shifted(grammar.statements(rest[:good].encode()), shift)
            yield _fault(path, text, NotSql(error.problem, begun + error.position))
            after = rest.find(";", max(error.position, 0))
            if after < 0 or faults == _MOST_FAULTS:
                return
            begun += after + 1
        else:
            return


def _good(before: str) -> int:
    """How much of the text before a fault parses by itself: up to the last semicolon that ends a statement."""
    end = len(before)
    for _ in range(_MOST_FAULTS):
        end = before.rfind(";", 0, end)
        if end < 0:
            return 0
        try:
            list(grammar.statements(before[: end + 1].encode()))
        except NotSql:
            continue
        return end + 1
    return 0


def _shifted(statements: Iterator[Parsed], shift: int) -> Iterator[Parsed]:
    for one in statements:
        yield replace(one, start=one.start + shift, end=one.end + shift) if shift else one


def _fault(path: Path, text: str, error: NotSql) -> Fault:
    refusal = parse.refused(path, text, error)
    fields = refusal.fields
    problem = str(fields.get("problem") or refusal.message.partition(": ")[2])
    return Fault("not-sql", fields["line"], fields["column"], problem, refusal.hint)
