"""Who follows which table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from haulback.gateway.auth.identity import Identity
from haulback.gateway.realtime.changes.conditions import Condition, Holds, decided
from haulback.gateway.realtime.members import Member


@dataclass(frozen=True, slots=True)
class Test:
    """A condition with what tells whether it holds, where PostgreSQL need not be asked."""

    condition: Condition
    holds: Holds | None


@dataclass(frozen=True, slots=True, eq=False)
class Subscription:
    """One binding of a member, for one table.

    Attributes:
        member: that is told.
        binding: its number.
        event: `*`, INSERT, UPDATE or DELETE.
        identity: that the member had when it subscribed.
        select: columns that it wants besides the key, None for all.
        tests: that a change has to pass.
    """

    member: Member
    binding: int
    event: str
    identity: Identity
    select: tuple[str, ...] | None
    tests: tuple[Test, ...]


def tests(conditions: Iterable[Condition]) -> tuple[Test, ...]:
    return tuple(Test(condition, decided(condition)) for condition in conditions)


class Register:
    """All subscriptions, by table and by member."""

    def __init__(self) -> None:
        self._by_table: dict[int, dict[str, dict[Subscription, None]]] = {}
        self._by_member: dict[Member, dict[Subscription, int]] = {}
        self._versions: dict[int, int] = {}
        self._version = 0

    def __len__(self) -> int:
        return sum(len(found) for roles in self._by_table.values() for found in roles.values())

    def __contains__(self, subscription: Subscription) -> bool:
        return subscription in self._by_member.get(subscription.member, ())

    def members(self) -> Iterator[Member]:
        return iter(tuple(self._by_member))

    def follows(self, table: int) -> bool:
        """Whether anybody follows a table."""
        return table in self._by_table

    def roles(self, table: int) -> tuple[str, ...]:
        """As which a table is followed."""
        return tuple(self._by_table.get(table, ()))

    def of(self, table: int, role: str) -> Collection[Subscription]:
        """Those who follow a table as a role, in the order in which they came."""
        return tuple(self._by_table.get(table, {}).get(role, ()))

    def followers(self, table: int) -> Iterator[Subscription]:
        return (one for role in self.roles(table) for one in self.of(table, role))

    def version(self, table: int) -> int:
        """Another number after each change of who follows a table."""
        return self._versions.get(table, 0)

    def put(self, member: Member, subscriptions: Sequence[tuple[int, Subscription]]) -> None:
        """All that a member has from now on, each with its table."""
        self.drop(member)
        if not subscriptions:
            return
        self._by_member[member] = {subscription: table for table, subscription in subscriptions}
        for table, subscription in subscriptions:
            roles = self._by_table.setdefault(table, {})
            roles.setdefault(subscription.identity.role, {})[subscription] = None
            self._touch(table)

    def drop(self, member: Member) -> None:
        for subscription, table in self._by_member.pop(member, {}).items():
            self._remove(table, subscription)

    def drop_one(self, table: int, subscription: Subscription) -> None:
        """Takes one subscription away, and leaves the others of its member."""
        self._by_member.get(subscription.member, {}).pop(subscription, None)
        self._remove(table, subscription)

    def _remove(self, table: int, subscription: Subscription) -> None:
        roles = self._by_table.get(table, {})
        role = subscription.identity.role
        followers = roles.get(role, {})
        if subscription not in followers:
            return
        del followers[subscription]
        self._touch(table)
        if not followers:
            del roles[role]
        if not roles:
            del self._by_table[table]

    def _touch(self, table: int) -> None:
        self._version += 1
        self._versions[table] = self._version
