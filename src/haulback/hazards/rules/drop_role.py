"""DROP ROLE: whoever signs in as it cannot."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    made = {seen.node.role: seen.number for seen in reading.of("create_role_stmt")}
    for seen in reading.of("drop_role_stmt"):
        for one in seen.node.roles:
            if one.role_spec.rolename not in made:
                role = one.role_spec.rolename
                yield Found(
                    seen,
                    f"the role {role} goes: nobody signs in as it, and its password is not kept",
                    subject=role,
                    advice=f"Take its right to sign in first, and see whether somebody complains: "
                    f"alter role {names.identifier(role)} nologin.",
                )


RULE = Rule("drop-role", "A role is dropped", Family.DESTROYS, Level.WARN, _find)
