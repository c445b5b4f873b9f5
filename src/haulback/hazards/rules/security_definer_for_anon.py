"""A function that runs as its owner, in a schema that the API serves, for whoever calls it."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import api, functions, roles
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_WHO_ASKS = ("auth.uid()", "auth.jwt()", "auth.role()", "auth.email()", "request.jwt")


def _find(reading: Reading) -> Iterator[Found]:
    for name, seen in functions.lasting(reading):
        if not functions.is_definer(seen) or functions.is_trigger(seen) or not api.is_exposed(reading, name):
            continue
        taken = reading.declared.standing.shut_functions.get(name, set())
        if taken >= roles.ANYBODY:  # the platform grants to anon by name, besides what PUBLIC has
            continue
        body = functions.body(seen).lower()
        if any(sign in body for sign in _WHO_ASKS):
            continue  # it asks itself who is there
        users = "auth.users" in body
        yield Found(
            seen,
            f"whoever has the public key may call the function {name}, which passes by row-level security"
            + (" and reads auth.users" if users else ""),
            subject=name,
            advice=f"`revoke execute on function {names.spelled(name)} from public, anon` where only members "
            "or the server are meant to call it.",
            level=Level.WARN if users else Level.NOTE,
        )


RULE = Rule(
    "security-definer-for-anon",
    "Strangers may call a function with its owner's rights",
    Family.EXPOSES,
    Level.NOTE,
    _find,
)
