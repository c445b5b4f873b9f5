"""Holds what each role sees, until the schema is read again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

import psycopg
from psycopg.conninfo import make_conninfo

from haulback.gateway.graphql.catalog import Catalog, Privileges
from haulback.gateway.graphql.types.reading import privileges, read
from haulback.gateway.graphql.types.schema import RoleSchema

_ROLES = 64  # that are held at once; of more, those that came first are asked for again
_AGE = 1.0  # seconds within which a role is not asked for again


class Types:
    """The types of all roles that have asked, of one reading of the catalogs.

    Args:
        parameters: libpq keywords of a login; which role it is does not matter.
    """

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._conninfo = make_conninfo("application_name='haulback serve: types'", **parameters)
        self._catalog: Catalog | None = None
        self._held: dict[str, RoleSchema] = {}
        self._asking: dict[str, asyncio.Task[RoleSchema | None]] = {}
        self._asked_at: dict[str, float] = {}
        self.version = 0

    @property
    def trouble(self) -> str | None:
        """Why no request can be answered: a comment that cannot be understood."""
        return self._catalog.trouble if self._catalog else None

    def reading(self, connection: psycopg.Connection, schemas: Sequence[str]) -> Callable[[], None]:
        """Reads the catalogs, and for the roles that are held what they may do, in the caller's thread.

        Returns:
            What makes it hold, to be called in the loop; `version` counts these.
        """
        catalog = read(connection, schemas)
        held = {schema.role: schema for schema in _seen(connection, catalog, tuple(self._held))}

        def use() -> None:
            self._catalog, self._held = catalog, held
            self.version += 1

        return use

    def known(self, role: str) -> RoleSchema | None:
        """What a role sees, where that is known already; else `of` finds out."""
        return self._held.get(role)

    async def of(self, role: str) -> RoleSchema | None:
        """What a role sees; None where there is no such role, or nothing has been read yet.

        Raises:
            psycopg.Error: the database cannot be asked.
        """
        known = self._held.get(role)
        return known if known is not None else await self._shared(role)

    async def again(self, role: str) -> RoleSchema | None:
        """What a role sees now: nobody tells of a GRANT, so one whose request names what it does not see may ask.

        Returns:
            The same object as before where nothing has changed, or where the role was asked for just now.

        Raises:
            psycopg.Error: the database cannot be asked.
        """
        known = self._held.get(role)
        if known is not None and asyncio.get_running_loop().time() - self._asked_at.get(role, 0.0) < _AGE:
            return known
        return await self._shared(role)

    async def _shared(self, role: str) -> RoleSchema | None:
        if self._catalog is None:
            return None
        asking = self._asking.get(role)
        if asking is None:
            asking = self._asking[role] = asyncio.create_task(self._find(self._catalog, role))
            asking.add_done_callback(lambda _: self._asking.pop(role, None))
        # One that gives up must not end what others wait for.
        return await asyncio.shield(asking)

    async def _find(self, catalog: Catalog, role: str) -> RoleSchema | None:
        allowed = await asyncio.to_thread(self._ask, catalog, role)
        if self._catalog is not catalog:  # read again meanwhile
            return RoleSchema(catalog, allowed) if allowed else None
        if allowed is None:
            self._held.pop(role, None)
            return None
        known = self._held.get(role)
        if known is None or known.privileges != allowed:
            known = RoleSchema(catalog, allowed)
        self._hold(known)
        return known

    def _hold(self, schema: RoleSchema) -> None:
        while len(self._held) >= _ROLES and schema.role not in self._held:
            forgotten = next(iter(self._held))
            del self._held[forgotten]
            self._asked_at.pop(forgotten, None)
        self._held[schema.role] = schema
        self._asked_at[schema.role] = asyncio.get_running_loop().time()

    def _ask(self, catalog: Catalog, role: str) -> Privileges | None:
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            return privileges(connection, catalog, role)


def _seen(connection: psycopg.Connection, catalog: Catalog, roles: Iterable[str]) -> Iterable[RoleSchema]:
    for role in roles:
        allowed = privileges(connection, catalog, role)
        if allowed is not None:
            yield RoleSchema(catalog, allowed)
