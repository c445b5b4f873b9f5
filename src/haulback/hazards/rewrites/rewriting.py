"""Puts the safe rewrites of hazards in the place of their statements, until none is left to put. Pure.

Everything outside the rewritten statements stays byte for byte. A rewrite may hold `commit;`: it marks where a unit of
the migration ends (see migrations/parse.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from haulback.errors import HaulbackError
from haulback.hazards.levels import Levels
from haulback.hazards.linting import Findings, lint, rules
from haulback.hazards.reading import Seen
from haulback.hazards.rewrites import protection
from haulback.hazards.rule import Family
from haulback.hazards.scanning import Text, scan
from haulback.migrations import grammar, parse
from haulback.migrations.statements import allows_transaction
from haulback.model.hazard import Hazard, Known, Level
from haulback.model.rewriting import Applied, Rewritten

# What these hazards tell is how a statement reaches its end; a rewrite of any other kind changes the end itself (it
# switches row security on, for one), and only a person may want that.
_WAYS = frozenset({Family.LOCKS, Family.DEADLOCKS, Family.MIXES})
_ROUNDS = 12  # a rewrite may leave something to rewrite again; none of ours does so more than three times


def rewritten(text: str, path: Path, known: Known, levels: Levels) -> Rewritten:
    """Applies the rewrites of every hazard that warns or blocks, is not silenced, and is about the way only.

    Args:
        text: of a migration; one that does not parse is given back as it is.
        path: for the findings.
        known: of the target.
        levels: of its environment.
    """
    draft = _Draft(text)
    refused: dict[tuple[str, str], str] = {}
    found = _looked(text, path, known, levels)
    if _is_migration(path, text):
        for _ in range(_ROUNDS):
            whole = [one for one in scan(path, draft.text)[0] if not one.inside]
            edits = list(_edits(_serious(found), whole, path, refused))
            if not edits:
                break
            draft.apply(edits)
            found = _looked(draft.text, path, known, levels)
    left = tuple(_explained(one, refused) for one in _serious(found))
    return Rewritten(draft.text, draft.applied, left, found.problems)


def _is_migration(path: Path, text: str) -> bool:
    """Whether the file could run at all: one that ends with a ROLLBACK must not get a COMMIT from us."""
    try:
        parse.script(path, text)
    except HaulbackError:
        return False
    return True


def _looked(text: str, path: Path, known: Known, levels: Levels) -> Findings:
    return lint([Text(path, text)], known, levels, squawk=False)


def _serious(found: Findings) -> list[Hazard]:
    return [one for one in found.hazards if one.level is not Level.NOTE]


def _explained(hazard: Hazard, refused: dict[tuple[str, str], str]) -> Hazard:
    reason = refused.get((hazard.id, hazard.rewrite))
    return replace(hazard, advice=f"The rewrite was not put in place: {reason}.") if reason else hazard


@dataclass(frozen=True, slots=True)
class _Edit:
    seen: Seen
    hazard: Hazard
    text: str


def _edits(
    hazards: Iterable[Hazard], whole: Sequence[Seen], path: Path, refused: dict[tuple[str, str], str]
) -> Iterator[_Edit]:
    """At most one a statement, the worst hazard's first; why the others are none goes into `refused`."""
    done: set[int] = set()
    for hazard in sorted(hazards, key=lambda one: (-one.level.rank, one.line, one.column, one.id)):
        key = hazard.id, hazard.rewrite
        if not hazard.rewrite or key in refused or rules()[hazard.id].family not in _WAYS:
            continue
        seen = _statement(hazard, whole)
        if seen is None or seen.number in done:
            continue
        reason = _unfit(hazard.rewrite, seen, whole, path)
        if reason:
            refused[key] = reason
            continue
        done.add(seen.number)
        yield _Edit(seen, hazard, _fitted(hazard.rewrite, seen, whole))


def _statement(hazard: Hazard, whole: Sequence[Seen]) -> Seen | None:
    """The statement that a hazard stands in."""
    before = [one for one in whole if (one.line, one.column) <= (hazard.line, hazard.column)]
    return before[-1] if before else None


def _unfit(rewrite: str, seen: Seen, whole: Sequence[Seen], path: Path) -> str:
    """Why a rewrite cannot stand in the place of its statement; empty where it can."""
    if not _is_migration(path, rewrite):
        return "it does not parse"
    if rewrite.strip().rstrip(";").strip() == seen.text.strip():
        return "it says the same"
    if not seen.transactional or not _splits(rewrite):
        return ""
    unit = [one for one in whole if one.unit == seen.unit]
    bound = [one for one in unit if _holds_until_commit(one)]
    if bound:
        return f"it commits, and line {bound[0].line} holds only until the commit"
    return _unprotected(rewrite, seen, unit)


def _unprotected(rewrite: str, seen: Seen, unit: Sequence[Seen]) -> str:
    """Why no commit may come here: something would be without what is dropped before and put back after."""
    first, second = _around_commit(rewrite)
    before = [(one.line, one.name, one.node) for one in unit if one.number < seen.number]
    before += [(seen.line, one.name, one.node) for one in first]
    after = [(seen.line, one.name, one.node) for one in second]
    after += [(one.line, one.name, one.node) for one in unit if one.number > seen.number]
    taken = {key: line for line, name, node in reversed(before) for key in protection.taken(name, node)}
    given = {key: line for line, name, node in reversed(after) for key in protection.given(name, node)}
    for key in sorted(taken.keys() & given.keys()):
        return f"it commits, and {key} would be without what line {taken[key]} takes away until line {given[key]}"
    return ""


def _around_commit(rewrite: str) -> tuple[list[grammar.Parsed], list[grammar.Parsed]]:
    """What of a rewrite stands before its first commit, and what behind."""
    listed = list(grammar.statements(rewrite.encode()))
    first = list(
        takewhile(lambda one: one.name != "transaction_stmt" and allows_transaction(one.name, one.node), listed)
    )
    return first, listed[len(first) :]


def _splits(rewrite: str) -> bool:
    return any(
        one.name == "transaction_stmt" or not allows_transaction(one.name, one.node)
        for one in grammar.statements(rewrite.encode())
    )


def _holds_until_commit(seen: Seen) -> bool:
    """Whether what a statement does ends with the transaction, so that a commit more would undo it early."""
    node = seen.node
    match seen.name:
        case "variable_set_stmt":
            return bool(node.is_local) or node.name.startswith("TRANSACTION")
        case "lock_stmt" | "constraints_set_stmt" | "declare_cursor_stmt":
            return True
        case "transaction_stmt":
            return parse.keeps_open(node)
        case "create_stmt":
            return grammar.enum(node, "oncommit") not in {"ONCOMMIT_NOOP", "ONCOMMIT_PRESERVE_ROWS"}
        case "select_stmt":
            called = {one.funcname[-1].string.sval for one in seen.parts("FuncCall")}
            return bool(node.locking_clause) or bool(
                called & {"set_config", "pg_advisory_xact_lock", "pg_try_advisory_xact_lock"}
            )
    return False


def _fitted(rewrite: str, seen: Seen, whole: Sequence[Seen]) -> str:
    """The text that replaces a statement: without the last semicolon, which the file has, its comments kept."""
    text = rewrite.strip()
    if _in_block(seen, whole):
        text = _within_block(text)
    text = text.removesuffix(";").rstrip()
    lost = [one for one in grammar.comments(seen.text) if one not in text]
    return "".join(f"{one}\n" for one in lost) + text


def _in_block(seen: Seen, whole: Sequence[Seen]) -> bool:
    """Whether the file itself has opened a transaction before the statement and not ended it."""
    opened = False
    for one in whole:
        if one.number >= seen.number:
            return opened
        if one.name == "transaction_stmt" and not parse.keeps_open(one.node):
            opened = grammar.enum(one.node, "kind") in {"TRANS_STMT_BEGIN", "TRANS_STMT_START"}
    return opened


def _within_block(text: str) -> str:
    """The same for a place between a BEGIN and its COMMIT.

    Each commit is followed by a BEGIN, and what allows no transaction stands between the two, so that the file means
    the same to every tool.
    """
    encoded = text.encode()
    pieces: list[str] = []
    opened, begun = True, 0
    for one in grammar.statements(encoded):
        piece = encoded[begun : one.end].decode().removeprefix(";").strip() + ";"
        begun = one.end
        if one.name == "transaction_stmt":
            if opened:
                pieces.append("commit;")
            opened = False
            continue
        apart = not allows_transaction(one.name, one.node)
        if apart and opened:
            pieces.append("commit;")
        elif not apart and not opened:
            pieces.append("begin;")
        opened = not apart
        pieces.append(piece)
    return "\n".join(pieces if opened else [*pieces, "begin;"])


class _Draft:
    """The text on its way, and from which line of the file each of its lines comes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._line_end = "\r\n" if "\r\n" in text else "\n"
        self._origin = list(range(1, text.count("\n") + 2))
        self._found: list[Applied] = []

    @property
    def applied(self) -> tuple[Applied, ...]:
        return tuple(sorted(self._found, key=lambda one: one.line))

    def apply(self, edits: Iterable[_Edit]) -> None:
        encoded = self.text.encode()
        for edit in sorted(edits, key=lambda one: -one.seen.start):  # from the end, so that offsets hold
            seen = edit.seen
            start, end = _bounds(encoded, seen)
            new = edit.text.replace("\r\n", "\n").replace("\n", self._line_end).encode()
            origin = self._origin[seen.line - 1]
            last = seen.line + encoded.count(b"\n", start, end)
            self._origin[seen.line - 1 : last] = [origin] * (new.count(b"\n") + 1)
            self._found.append(Applied(edit.hazard.id, origin, edit.hazard.told))
            encoded = encoded[:start] + new + encoded[end:]
        self.text = encoded.decode()


def _bounds(encoded: bytes, seen: Seen) -> tuple[int, int]:
    """Where the words of a statement begin and end."""
    source = encoded[seen.start : seen.end]
    start = seen.start + len(source) - len(source.lstrip())
    return start, start + len(source.strip())
