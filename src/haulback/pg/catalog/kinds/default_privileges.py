"""Default privileges; made last, lest they fall on what is being built."""

from __future__ import annotations

from haulback.pg.catalog import privileges
from haulback.pg.catalog.kind import Alteration, Facts, Kind

_TYPES = {"r": "TABLES", "S": "SEQUENCES", "f": "ROUTINES", "T": "TYPES", "n": "SCHEMAS", "L": "LARGE OBJECTS"}


class DefaultPrivileges(Kind):
    id = "default_privileges"
    rank = 98
    noun = "DEFAULT PRIVILEGES"

    def make(self, facts: Facts) -> list[str]:
        entries, default = facts["entries"], facts.get("_default_acl", [])
        if entries[: len(default)] == default:
            return self._grants(facts, entries[len(default) :])
        return [*self._revoke(facts, privileges.grantees(default)), *self._grants(facts, entries)]

    def unmake(self, facts: Facts) -> list[str]:
        """Takes all away and, for all schemas, gives the built-in default again, which removes the entry."""
        return [
            *self._revoke(facts, privileges.grantees([*facts.get("_default_acl", []), *facts["entries"]])),
            *self._grants(facts, facts.get("_default_acl", [])),
        ]

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:  # noqa: ARG002 - every kind is asked alike
        default = new.get("_default_acl", [])
        named = privileges.grantees([*default, *old["entries"], *new["entries"]])
        return Alteration((*self._revoke(new, named), *self._grants(new, new["entries"])))

    def _grants(self, facts: Facts, entries: list[str]) -> list[str]:
        return privileges.grants(_TYPES[facts["type"]], entries, None, prefix=self._prefix(facts))

    def _revoke(self, facts: Facts, roles: list[str]) -> list[str]:
        return privileges.revoke_all(_TYPES[facts["type"]], roles, prefix=self._prefix(facts))

    def _prefix(self, facts: Facts) -> str:
        within = f"IN SCHEMA {facts['schema']} " if "schema" in facts else ""
        return f"ALTER DEFAULT PRIVILEGES FOR ROLE {facts['role']} {within}"


KIND = DefaultPrivileges()
