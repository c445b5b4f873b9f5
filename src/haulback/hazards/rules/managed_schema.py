"""Objects in a schema that the platform manages: it owns them, and changes them without asking."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import api
from haulback.hazards.facts.standing import function
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level

_MANAGED = frozenset({"auth", "storage", "realtime", "vault"})
# Row-level security of these is switched on and off by some projects; policies on them are anybody's.
_HARMLESS = frozenset({"AT_EnableRowSecurity"})


def _find(reading: Reading) -> Iterator[Found]:
    for seen, what, name in _touched(reading):
        schema = names.schema_of(name)
        if schema in _MANAGED and not seen.inside and api.is_served(reading):
            yield Found(
                seen,
                f"the {what} {name} is in a schema that the platform manages: the role that migrates may not do this, "
                "and an upgrade may undo it",
                subject=name,
                advice="Keep your own objects in a schema of your own; triggers on auth.users and policies may stay.",
            )


def _touched(reading: Reading) -> Iterator[tuple[Seen, str, str]]:
    for seen in reading.of("create_stmt"):
        yield seen, "table", names.relation(seen.node.relation)
    for seen in reading.of("view_stmt"):
        yield seen, "view", names.relation(seen.node.view)
    for seen in reading.of("create_function_stmt"):
        yield seen, "function", function(seen.node.funcname)
    for seen in reading.of("index_stmt"):
        yield seen, "table", names.relation(seen.node.relation)
    for seen, table, command in reading.altered():
        if names.schema_of(table) in _MANAGED and enum(command, "subtype") not in _HARMLESS:
            yield seen, "table", table


RULE = Rule("managed-schema", "An object of the platform is made or changed", Family.DESIGN, Level.WARN, _find)
