"""What was read of tables and roles, kept while it holds.

The stream tells of every change of a table's definition, privileges or policies before the next change of its rows: it
sends the relation again, and then what is kept of the table is forgotten. What is altered between then and an answer,
and what it does not tell of, roles, functions and the policies of tables that others read, is found out by versions
once there is an answer. Neither tells of what functions run that no policy calls itself: that is read anew every few
seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from haulback.gateway.realtime.changes.asking import Asker, Asking, Versions
from haulback.gateway.realtime.changes.claimed import of_claims_only
from haulback.gateway.realtime.changes.tables import Catalog, Role, Table


@dataclass(frozen=True, slots=True)
class Functions:
    """Those that depend on nothing but the claims of who asks.

    Attributes:
        types: of their values, by their qualified names.
        oids: of them.
        versions: by their oids, of these and of those that might have been.
        folding: whether plans may hold, by any function at all, what depends on them.
    """

    types: Mapping[str, str] = field(default_factory=dict)
    oids: frozenset[str] = frozenset()
    versions: Mapping[str, str] = field(default_factory=dict)
    folding: bool = False

    def asker(self, role: Role) -> Asker:
        """A role as it is to be asked for.

        Apart where one of its policies may leave anything behind that another question could meet, such as a setting;
        and anew, since what it runs then may be anything, where there is what plans must not hold.
        """
        apart = not all(policy.settled and self.oids.issuperset(policy.calls) for policy in role.policies)
        anew = apart and (self.folding or any(policy.folded for policy in role.policies))
        return Asker(role.name, apart, anew)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Versions of what decides about a table, by oids: never newer than what is kept of the table."""

    table: str | None
    calls: dict[str, str] = field(default_factory=dict)
    reads: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)

    def note(self, role: Role, version: str) -> None:
        """Notes what it and its policies were read with; what was noted before stays, since that may have been used."""
        self.roles.setdefault(role.name, version)
        for policy in role.policies:
            for noted, read in ((self.calls, policy.calls), (self.reads, policy.reads)):
                noted.update({oid: version for oid, version in read.items() if oid not in noted})

    def holds(self, oid: int, now: Versions) -> bool:
        return (
            self.table == now.tables[oid]
            and self.calls.items() <= now.functions.items()
            and self.reads.items() <= now.read.items()
            and self.roles.items() <= now.roles.items()
        )


class Facts:
    """Keeps tables and roles.

    Args:
        catalog: that they are read from.
        asking: tells their versions.
        login: that asks who sees a row, and so has to become the roles of those who want to.
        clock: seconds.
    """

    def __init__(self, catalog: Catalog, asking: Asking, login: str, clock: Callable[[], float]) -> None:
        self._catalog = catalog
        self._asking = asking
        self._login = login
        self._clock = clock
        self._tables: dict[int, tuple[float, Table | None]] = {}
        self._roles: dict[tuple[int, str], tuple[float, Role]] = {}
        self._seen: dict[int, _Seen] = {}
        self._functions: Functions | None = None
        self._forgotten = 0  # times; what was being read then may be what held before, and is not kept

    async def table(self, oid: int, oldest: float = float("inf")) -> Table | None:
        """A table, read at most `oldest` seconds ago; None where it is gone."""
        kept = self._tables.get(oid)
        if kept is None or self._clock() - kept[0] > oldest:
            await self._note(oid)
            begun, forgotten = self._clock(), self._forgotten
            kept = (begun, await self._catalog.table(oid))
            if self._forgotten == forgotten:
                self._tables[oid] = kept
        return kept[1]

    async def role(self, oid: int, name: str, oldest: float = float("inf")) -> Role:
        """What a role may see of a table, read at most `oldest` seconds ago."""
        kept = self._roles.get((oid, name))
        if kept is None or self._clock() - kept[0] > oldest:
            await self._note(oid)
            begun, forgotten = self._clock(), self._forgotten
            version = (await self._asking.versions((), roles=(name,))).roles[name]
            kept = (begun, await self._catalog.role(oid, name, self._login))
            if self._forgotten == forgotten and oid in self._seen:
                self._roles[oid, name] = kept
                self._seen[oid].note(kept[1], version)
        return kept[1]

    async def functions(self) -> Functions:
        if self._functions is None:
            found = await self._catalog.claim_functions()
            known = [one for one in found if of_claims_only(one.body) and not one.folded]
            self._functions = Functions(
                {one.name: one.type for one in known},
                frozenset(one.oid for one in known),
                {one.oid: one.version for one in found},
                await self._catalog.folding(),
            )
        return self._functions

    async def hold(self, oids: Iterable[int]) -> bool:
        """Whether all that is kept of some tables, and of functions, still holds; forgets what does not.

        Raises:
            Lost: the connection that asks is gone.
        """
        kept = self._functions or Functions()
        seen = {oid: self._seen.get(oid) for oid in oids}
        known = [one for one in seen.values() if one is not None]
        functions = dict.fromkeys([*kept.versions, *(oid for one in known for oid in one.calls)])
        read = dict.fromkeys(oid for one in known for oid in one.reads)
        roles = dict.fromkeys(name for one in known for name in one.roles)
        now = await self._asking.versions(tuple(seen), tuple(functions), tuple(read), tuple(roles))
        altered = [oid for oid, one in seen.items() if one is None or not one.holds(oid, now)]
        for oid in altered:
            self.forget(oid)
        if kept.versions.items() <= now.functions.items() and not altered:
            return True
        self._functions = None
        return False

    async def _note(self, oid: int) -> None:
        """Notes the version of a table before something of it is read."""
        if oid not in self._seen:
            forgotten = self._forgotten
            now = await self._asking.versions([oid])
            if self._forgotten == forgotten:
                self._seen.setdefault(oid, _Seen(now.tables[oid]))

    def forget(self, oid: int) -> None:
        """The table was changed."""
        self._forgotten += 1
        self._seen.pop(oid, None)
        self._tables.pop(oid, None)
        for known in [known for known in self._roles if known[0] == oid]:
            del self._roles[known]

    def forget_all(self) -> None:
        self._forgotten += 1
        self._seen.clear()
        self._tables.clear()
        self._roles.clear()
        self._functions = None
