"""An ALTER TABLE taken apart: what is quick stays together, what takes long follows after a commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from haulback.hazards.reading import Seen
from haulback.hazards.rewrites import writing
from haulback.hazards.rewrites.offer import NotOffered, Offer
from haulback.migrations.grammar import Node


@dataclass(frozen=True, slots=True)
class Part:
    """What one command becomes.

    Attributes:
        stays: commands in its place.
        follows: whole statements after those of all other commands, `commit` between them where needed.
    """

    stays: tuple[Node, ...] = ()
    follows: tuple[str, ...] = ()


def parted(seen: Seen, part: Callable[[Node], Part | None]) -> str:
    """The statement in parts.

    Args:
        seen: an ALTER TABLE.
        part: tells of a command (a copy, which it may change) what becomes of it; None where it stays as it is.

    Returns:
        The SQL; empty where no command changes.
    """
    whole = type(seen.node)()
    whole.CopyFrom(seen.node)
    commands = list(seen.node.cmds)
    del whole.cmds[:]
    follows: list[str] = []
    changed = False
    for one in commands:
        copy = type(one)()
        copy.CopyFrom(one)
        became = part(copy.alter_table_cmd)
        if became is None:
            whole.cmds.append(one)
            continue
        changed = True
        follows += became.follows
        whole.cmds.extend(became.stays)
    if not changed:
        return ""
    return writing.several(*([writing.statement(whole)] if whole.cmds else []), *follows)


def offered(seen: Seen, part: Callable[[Node], Part | None]) -> Offer:
    """The same as an offer; `part` may raise NotOffered."""
    try:
        return Offer(parted(seen, part))
    except NotOffered as reason:
        return Offer(reason=str(reason))


def altering(seen: Seen) -> str:
    """`alter table public.orders`, for the statements that follow."""
    exists = "if exists " if seen.node.missing_ok else ""
    return f"alter table {exists}{writing.relation(seen.node.relation)}"


def alone(seen: Seen, command: Node) -> str:
    """The statement with one command only."""
    whole = type(seen.node)()
    whole.CopyFrom(seen.node)
    del whole.cmds[:]
    whole.cmds.add().alter_table_cmd.CopyFrom(command)
    return writing.statement(whole)
