"""A trusted role that strangers become members of."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts import roles
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("grant_role_stmt"):
        to = roles.of(seen.node.grantee_roles) & roles.OUTSIDE
        if not seen.node.is_grant or not to:
            continue
        for one in seen.node.granted_roles:
            role = one.access_priv.priv_name
            if role in roles.OUTSIDE:
                continue
            yield Found(
                seen,
                f"{roles.shown(to)} becomes a member of {role}, with all that {role} may do",
                subject=role,
                advice="Grant the rights that are meant, on the objects that are meant.",
                level=Level.BLOCK if role in roles.TRUSTED else Level.WARN,
            )


RULE = Rule("role-granted-to-anon", "Strangers become members of a role", Family.EXPOSES, Level.WARN, _find)
