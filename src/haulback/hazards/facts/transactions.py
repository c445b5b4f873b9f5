"""BEGIN and COMMIT in a file: Haulback takes them as marks of where a part ends, and commits by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from haulback.hazards.reading import Reading, Seen
from haulback.migrations import parse
from haulback.migrations.grammar import Node, enum


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between a BEGIN and its COMMIT.

    Attributes:
        end: None where nothing ends it.
        nested: the BEGINs inside.
    """

    begin: Seen
    end: Seen | None
    nested: tuple[Seen, ...] = ()

    def holds(self, seen: Seen) -> bool:
        return seen.number > self.begin.number and (self.end is None or seen.number < self.end.number)


def command(node: Node) -> str:
    """`BEGIN`, `COMMIT`, `ROLLBACK`, `PREPARE`, ..."""
    return enum(node, "kind").removeprefix("TRANS_STMT_")


def blocks(reading: Reading) -> Iterator[Block]:
    """The transaction blocks that a file writes itself."""
    begin: Seen | None = None
    nested: list[Seen] = []
    for seen in reading.of("transaction_stmt"):
        if parse.keeps_open(seen.node) or seen.inside:
            continue
        starts = command(seen.node) in {"BEGIN", "START"}
        if starts and begin:
            nested.append(seen)
        elif starts:
            begin = seen
        elif begin:
            yield Block(begin, seen, tuple(nested))
            begin = seen if seen.node.chain else None
            nested = []
    if begin:
        yield Block(begin, None, tuple(nested))


def outside(reading: Reading, seen: Seen, rewrite: str) -> str:
    """A rewrite that allows no transaction, for a statement that may stand between BEGIN and COMMIT."""
    if rewrite and any(one.holds(seen) for one in blocks(reading)):
        return f"commit;\n{rewrite}\nbegin;"
    return rewrite
