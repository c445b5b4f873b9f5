"""What was read of tables and roles, kept while it holds.

The stream tells of every change of a table's definition, privileges or policies before the next change of its rows: it
sends the relation again, and then what is kept of the table is forgotten. What is altered between then and an answer,
and functions, which it does not tell of, are found out by their versions once there is an answer. Neither tells of
attributes of roles and who is a member of which: that is read anew every few seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from haulback.gateway.realtime.changes.asking import Asking
from haulback.gateway.realtime.changes.claimed import of_claims_only
from haulback.gateway.realtime.changes.tables import Catalog, Role, Table


@dataclass(frozen=True, slots=True)
class Functions:
    """Those that depend on nothing but the claims of who asks.

    Attributes:
        types: of their values, by their qualified names.
        oids: of them.
        versions: by their oids, of these and of those that might have been.
    """

    types: Mapping[str, str] = field(default_factory=dict)
    oids: frozenset[int] = frozenset()
    versions: Mapping[int, str] = field(default_factory=dict)

    def settle(self, role: Role) -> bool:
        """Whether no policy of a role leaves anything behind that another question could meet, such as a setting."""
        return all(policy.settled and self.oids.issuperset(policy.calls) for policy in role.policies)


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
        self._versions: dict[int, str | None] = {}  # of tables: never newer than what is kept of them
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
            kept = (begun, await self._catalog.role(oid, name, self._login))
            if self._forgotten == forgotten:
                self._roles[oid, name] = kept
        return kept[1]

    async def functions(self) -> Functions:
        if self._functions is None:
            found = await self._catalog.claim_functions()
            known = [one for one in found if of_claims_only(one.body)]
            self._functions = Functions(
                {one.name: one.type for one in known},
                frozenset(one.oid for one in known),
                {one.oid: one.version for one in found},
            )
        return self._functions

    async def hold(self, oids: Iterable[int]) -> bool:
        """Whether all that is kept of some tables, and of functions, still holds; forgets what does not.

        Raises:
            Lost: the connection that asks is gone.
        """
        kept = self._functions or Functions()
        tables, functions = tuple(oids), tuple(kept.versions)
        of_tables, of_functions = await self._asking.versions(tables, functions)
        altered = [
            oid
            for oid, version in zip(tables, of_tables, strict=True)
            if oid not in self._versions or self._versions[oid] != version
        ]
        for oid in altered:
            self.forget(oid)
        if list(kept.versions.values()) == of_functions:
            return not altered
        self._functions = None
        return False

    async def _note(self, oid: int) -> None:
        """Notes the version of a table before something of it is read."""
        if oid not in self._versions:
            forgotten = self._forgotten
            (version,), _ = await self._asking.versions([oid], [])
            if self._forgotten == forgotten:
                self._versions.setdefault(oid, version)

    def forget(self, oid: int) -> None:
        """The table was changed."""
        self._forgotten += 1
        self._versions.pop(oid, None)
        self._tables.pop(oid, None)
        for known in [known for known in self._roles if known[0] == oid]:
            del self._roles[known]

    def forget_all(self) -> None:
        self._forgotten += 1
        self._versions.clear()
        self._tables.clear()
        self._roles.clear()
        self._functions = None
