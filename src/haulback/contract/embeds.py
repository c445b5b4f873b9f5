"""Which tables clients can embed in each other, and could embed otherwise before."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from haulback.contract.wording import added, changed, difference, gone, listed, named
from haulback.hazards.names import bare
from haulback.model.contract import Concerns, Difference, Embed, OfferedTable, Severity


def compared(
    path: tuple[str, ...], before: OfferedTable, after: OfferedTable, tables: Container[str]
) -> Iterator[Difference]:
    """What differs for each pair of tables; of those that are gone, which `tables` has no more, is told elsewhere."""
    for other, ways in before.embeds.items():
        if other in tables:
            yield from _ways((*path, bare(other)), named(path), other, ways, after.embeds.get(other, ()))
    for other in after.embeds:
        if other not in before.embeds:
            yield added("embed-added", (*path, bare(other)), f"{other} can be embedded in {named(path)}")


def _ways(
    path: tuple[str, ...], table: str, other: str, before: Sequence[Embed], after: Sequence[Embed]
) -> Iterator[Difference]:
    if not after:
        yield gone("embed-gone", path, f"{other} can be embedded in {table} no more")
        return
    if len(before) == 1 and len(after) > 1:
        ways = listed(sorted({one.by for one in after}))
        told = f"{other} in {table} became ambiguous: embeds have to say which of {ways}"
        yield gone("embed-ambiguous", path, told)
    now = {one.by: one.to_one for one in after}
    for one in before:
        if one.by not in now:
            told = f"{other} can be embedded in {table} by {one.by} no more"
            if len(before) == len(after) == 1 and after[0].to_one == one.to_one:
                # Those that name no way find the new one.
                yield difference("embed-renamed", Severity.RISK, Concerns.REQUESTS, path, told)
            else:
                yield gone("embed-gone", path, told)
        elif now[one.by] != one.to_one and not _both(one.by, before, after):
            shape = ("an object", "an array") if now[one.by] else ("an array", "an object")
            told = f"{other} in {table} comes as {shape[0]}, and came as {shape[1]}"
            yield changed("embed-shape", path, told)


def _both(by: str, before: Sequence[Embed], after: Sequence[Embed]) -> bool:
    """Whether a key leads both ways, as one from a table to itself does."""
    return all({True, False} <= {one.to_one for one in ways if one.by == by} for ways in (before, after))
