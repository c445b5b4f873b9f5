"""The order in which objects can be made and unmade: pure, from what depends on what."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable

from haulback.errors import HaulbackError
from haulback.model.schema import ObjectKey, SchemaObject
from haulback.pg.catalog.kind import facts_of, kinds

_WITH_PARENT = frozenset({"column"})


class DependencyCycle(HaulbackError):
    template = "these objects depend on one another in a circle: {members}"
    hint_template = "Break the circle in the target, or leave one of the schemas out."


def create_order(objects: Iterable[SchemaObject]) -> tuple[SchemaObject, ...]:
    """Returns `objects` so that each comes after what it depends on, of those that are given.

    The columns of a table that is given too follow it at once, in their own order, so that one statement can
    make them; what they depend on counts as the table's. Among those that are free to come next, the kinds'
    ranks decide, then the names: the order is the same every time.

    Raises:
        DependencyCycle: there is no such order.
    """
    members = {o.key: o for o in objects}
    leader = {k: _leader(o, members) for k, o in members.items()}
    waits: dict[ObjectKey, set[ObjectKey]] = {k: set() for k in members if leader[k] == k}
    for key, member in members.items():
        parent = {member.parent} if member.parent else set()
        needed = {leader[d] for d in member.depends | parent if d in members}
        waits[leader[key]] |= needed - {leader[key]}
    followers: dict[ObjectKey, list[ObjectKey]] = defaultdict(list)
    for key in members:
        if leader[key] != key:
            followers[leader[key]].append(key)
    ordered = []
    for key in _sorted_topologically(waits, members):
        ordered.append(members[key])
        ordered += sorted((members[f] for f in followers[key]), key=lambda o: (o.position or 0, o.key))
    return tuple(ordered)


def drop_order(objects: Iterable[SchemaObject]) -> tuple[SchemaObject, ...]:
    """Returns `objects` so that each comes before what it depends on.

    Raises:
        DependencyCycle: there is no such order.
    """
    return tuple(reversed(create_order(objects)))


def _leader(member: SchemaObject, members: dict[ObjectKey, SchemaObject]) -> ObjectKey:
    together = member.key.kind in _WITH_PARENT and member.parent in members
    return member.parent if together and member.parent else member.key


def _sorted_topologically(
    waits: dict[ObjectKey, set[ObjectKey]], members: dict[ObjectKey, SchemaObject]
) -> list[ObjectKey]:
    blocks: dict[ObjectKey, list[ObjectKey]] = defaultdict(list)
    missing = {}
    for key, needed in waits.items():
        missing[key] = len(needed)
        for other in needed:
            blocks[other].append(key)
    ready = [(_rank(members[k]), k) for k, count in missing.items() if count == 0]
    heapq.heapify(ready)
    ordered = []
    while ready:
        _, key = heapq.heappop(ready)
        ordered.append(key)
        for other in blocks[key]:
            missing[other] -= 1
            if missing[other] == 0:
                heapq.heappush(ready, (_rank(members[other]), other))
    if len(ordered) < len(waits):
        left = sorted(str(k) for k, count in missing.items() if count)
        raise DependencyCycle(members=", ".join(left[:10]))
    return ordered


def _rank(member: SchemaObject) -> int:
    kind = kinds().get(member.key.kind)
    if kind is None:
        return 50
    return kind.rank_of(facts_of(member)) if kind.ranks_by_facts else kind.rank
