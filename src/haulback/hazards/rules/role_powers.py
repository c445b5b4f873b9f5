"""SUPERUSER, BYPASSRLS and the like for a role: no policy and no grant limits it any more."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_POWERS = {
    "superuser": "is above every check",
    "bypassrls": "sees and writes every row, whatever the policies say",
    "isreplication": "may copy the whole cluster",
    "createrole": "may make roles and give them rights",
}
# Under these an API serves whoever asks.
_SERVED = frozenset({"anon", "authenticated", "authenticator", "public"})


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("alter_role_stmt", "create_role_stmt"):
        role = seen.node.role.rolename if seen.name == "alter_role_stmt" else seen.node.role
        for power in _given(seen):
            yield Found(
                seen,
                f"the role {role} {_POWERS[power]}",
                subject=role,
                advice="Grant it what it needs, and give it policies of its own.",
                level=_level(role, power),
            )


def _given(seen: Seen) -> list[str]:
    given = {one.def_elem.defname for one in seen.node.options if one.def_elem.arg.boolean.boolval}
    return [one for one in _POWERS if one in given]


def _level(role: str, power: str) -> Level:
    if role in _SERVED:
        return Level.BLOCK
    return Level.WARN if power in {"superuser", "bypassrls"} else Level.NOTE


RULE = Rule("role-powers", "A role is put above checks", Family.SAFETY, Level.WARN, _find)
