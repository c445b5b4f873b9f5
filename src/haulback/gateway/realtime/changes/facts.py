"""What was read of tables and roles, kept while it holds.

The stream tells of every change of a table's definition, privileges or policies before the next change of its rows: it
sends the relation again, and then what is kept of the table is forgotten. What it does not tell (attributes of roles,
who is a member of which) is read anew every few seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from haulback.gateway.realtime.changes.claimed import of_claims_only
from haulback.gateway.realtime.changes.tables import Catalog, Role, Table


class Facts:
    """Keeps tables and roles.

    Args:
        catalog: that they are read from.
        login: that asks who sees a row, and so has to become the roles of those who want to.
        clock: seconds.
    """

    def __init__(self, catalog: Catalog, login: str, clock: Callable[[], float]) -> None:
        self._catalog = catalog
        self._login = login
        self._clock = clock
        self._tables: dict[int, tuple[float, Table | None]] = {}
        self._roles: dict[tuple[int, str], tuple[float, Role]] = {}
        self._functions: Mapping[str, str] | None = None
        self._forgotten = 0  # times; what was being read then may be what held before, and is not kept

    async def table(self, oid: int, oldest: float = float("inf")) -> Table | None:
        """A table, read at most `oldest` seconds ago; None where it is gone."""
        kept = self._tables.get(oid)
        if kept is None or self._clock() - kept[0] > oldest:
            begun, forgotten = self._clock(), self._forgotten
            kept = (begun, await self._catalog.table(oid))
            if self._forgotten == forgotten:
                self._tables[oid] = kept
        return kept[1]

    async def role(self, oid: int, name: str, oldest: float = float("inf")) -> Role:
        """What a role may see of a table, read at most `oldest` seconds ago."""
        kept = self._roles.get((oid, name))
        if kept is None or self._clock() - kept[0] > oldest:
            begun, forgotten = self._clock(), self._forgotten
            kept = (begun, await self._catalog.role(oid, name, self._login))
            if self._forgotten == forgotten:
                self._roles[oid, name] = kept
        return kept[1]

    async def functions(self) -> Mapping[str, str]:
        """Functions that depend on nothing but the claims of who asks, with the types of their values."""
        if self._functions is None:
            found = await self._catalog.claim_functions()
            self._functions = {name: type_ for name, type_, body in found if of_claims_only(body)}
        return self._functions

    def forget(self, oid: int) -> None:
        """The table was changed."""
        self._forgotten += 1
        self._tables.pop(oid, None)
        for known in [known for known in self._roles if known[0] == oid]:
            del self._roles[known]

    def forget_all(self) -> None:
        self._forgotten += 1
        self._tables.clear()
        self._roles.clear()
        self._functions = None
