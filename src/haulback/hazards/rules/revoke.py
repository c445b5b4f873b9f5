"""REVOKE: who had a right has it no more."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import roles
from haulback.hazards.facts.object_names import named
from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.hazards.wording import listed
from haulback.migrations.grammar import Node, enum
from haulback.model.hazard import Level

_ADVICE = "See that no client that is deployed needs it; a rollback grants it again."


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("grant_stmt"):
        node = seen.node
        if not node.is_grant:
            rights = listed(sorted(one.access_priv.priv_name.lower() for one in node.privileges)) or "every right"
            things = _things(reading, seen)
            if things:
                told = f"{roles.shown(roles.of(node.grantees))} loses {rights} on {listed(things)}"
                yield Found(seen, told, subject=things[0], advice=_ADVICE)
    for seen in reading.of("grant_role_stmt"):
        if not seen.node.is_grant:
            lost = listed(one.access_priv.priv_name for one in seen.node.granted_roles)
            told = f"{roles.shown(roles.of(seen.node.grantee_roles))} loses what {lost} may"
            yield Found(seen, told, subject=lost, advice=_ADVICE)


def _things(reading: Reading, seen: Seen) -> list[str]:
    """What it is about, without what this file makes or drops."""
    found = objects(reading)
    position = found.position(seen)
    kind = enum(seen.node, "objtype").removeprefix("OBJECT_")
    if enum(seen.node, "targtype") == "ACL_TARGET_ALL_IN_SCHEMA":
        where = listed(names.dotted(one.string.sval) for one in seen.node.objects)
        return [f"every {kind.lower()} of schema {where}"]
    named_here = (_name(kind, one) for one in seen.node.objects)
    return [
        name for name in named_here if not found.made(kind, name, before=position) and not found.dropped(kind, name)
    ]


def _name(kind: str, one: Node) -> str:
    return names.relation(one.range_var) if one.HasField("range_var") else named(kind, one)[0]


RULE = Rule("revoke", "Somebody loses a right", Family.CLIENTS, Level.NOTE, _find)
