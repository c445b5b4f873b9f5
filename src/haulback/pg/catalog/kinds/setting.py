"""Settings of roles and of the database."""

from __future__ import annotations

from haulback.pg.catalog.kind import Alteration, Facts, Kind
from haulback.pg.catalog.quoting import literal, split_list

# GUC_LIST_QUOTE in the server's guc_tables.c: kept with its elements quoted, to be given as a list.
_LISTS = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)


class Setting(Kind):
    id = "setting"
    rank = 95
    noun = "SETTING"

    def make(self, facts: Facts) -> list[str]:
        name, value = facts["name"], facts["value"]
        text = literal(value)
        if name.lower() in _LISTS:
            text = ", ".join(map(literal, split_list(value))) or "''"
        return [f"{self._whose(facts)} SET {_variable(name)} TO {text}"]

    def unmake(self, facts: Facts) -> list[str]:
        return [f"{self._whose(facts)} RESET {_variable(facts['name'])}"]

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:  # noqa: ARG002 - every kind is asked alike
        return Alteration(tuple(self.make(new)))

    def _whose(self, facts: Facts) -> str:
        if "role" not in facts:
            return f"ALTER DATABASE {facts['_database']}" if facts["in_database"] else "ALTER ROLE ALL"
        within = f" IN DATABASE {facts['_database']}" if facts["in_database"] else ""
        return f"ALTER ROLE {facts['role']}{within}"


def _variable(name: str) -> str:
    return ".".join(f'"{part}"' for part in name.split("."))


KIND = Setting()
