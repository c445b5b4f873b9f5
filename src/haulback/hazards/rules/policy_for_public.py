"""A policy without TO: it lets in whoever is not signed in as well."""

from __future__ import annotations

import re
from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import api, expressions, policies
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_PERSONAL = re.compile(r'"?auth"?\."?(?:uid|jwt|role|email)"?\s*\(|current_setting', re.IGNORECASE)


def _find(reading: Reading) -> Iterator[Found]:
    for policy in policies.lasting(reading):
        if policy.roles != {"public"} or not policy.permissive or not api.is_exposed(reading, policy.table):
            continue
        # Who asks is part of the condition, or there is none to speak of, which is a hazard of its own.
        if _PERSONAL.search(policy.seen.text):
            continue
        if not policy.conditions or all(expressions.is_true(one) for one in policy.conditions):
            continue
        yield Found(
            policy.seen,
            f"{policy.shown} has no TO, so it lets in whoever is not signed in, too",
            subject=f"{policy.table}.{names.identifier(policy.name)}",
            advice="Add `to authenticated` before USING, or `to anon, authenticated` where strangers are meant.",
        )


RULE = Rule("policy-for-public", "A policy names no role, and so is for everybody", Family.EXPOSES, Level.NOTE, _find)
