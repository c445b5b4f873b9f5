"""OWNER TO: another role is above the object's row security, and what runs as the owner runs as another."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.object_names import named
from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level

_KINDS = frozenset({"TABLE", "VIEW", "MATVIEW", "FUNCTION", "PROCEDURE", "ROUTINE", "SCHEMA", "FOREIGN_TABLE"})


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("alter_owner_stmt"):
        kind = enum(seen.node, "object_type").removeprefix("OBJECT_")
        if kind in _KINDS:
            yield from _told(reading, seen, kind, named(kind, seen.node.object)[0], seen.node.newowner.rolename)
    for seen in reading.of("alter_table_stmt"):
        kind = enum(seen.node, "objtype").removeprefix("OBJECT_")
        for one in seen.node.cmds:
            if kind in _KINDS and enum(one.alter_table_cmd, "subtype") == "AT_ChangeOwner":
                table = names.relation(seen.node.relation)
                yield from _told(reading, seen, kind, table, one.alter_table_cmd.newowner.rolename)


def _told(reading: Reading, seen: Seen, kind: str, name: str, owner: str) -> Iterator[Found]:
    found = objects(reading)
    if not found.made(kind, name, before=found.position(seen)):
        yield Found(
            seen,
            f"{name} belongs to {owner or 'the session'} from then on: {_EFFECTS.get(kind, _OF_A_FUNCTION)}",
            subject=name,
            advice="See that the new owner may do what runs as the owner, and no more.",
        )


_OF_A_FUNCTION = "as security definer it runs with that role's rights"
_OF_A_TABLE = "that role is above its row security, and the former owner loses what it could do as such"
_EFFECTS = {
    "TABLE": _OF_A_TABLE,
    "FOREIGN_TABLE": _OF_A_TABLE,
    "VIEW": "without security_invoker it reads with that role's rights",
    "MATVIEW": "only that role may refresh it",
    "SCHEMA": "only that role may make objects in it without a grant",
}

RULE = Rule("owner-changed", "An object gets another owner", Family.SAFETY, Level.NOTE, _find)
