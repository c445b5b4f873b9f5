"""Several permissive policies for one role and command: each is asked for each row, and the widest decides."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import policies
from haulback.hazards.facts.policies import Policy
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for policy in policies.lasting(reading):
        if not _counts(policy):
            continue
        earlier = []
        for other in reading.declared.standing.policies_of(policy.table):
            if other is policy:
                break
            if _counts(other) and other.commands & policy.commands and _meet(other, policy):
                earlier.append(names.identifier(other.name))
        if earlier:
            yield Found(
                policy.seen,
                f"{policy.shown} is asked beside {', '.join(earlier)} for the same rows: the widest of them decides",
                subject=f"{policy.table}.{names.identifier(policy.name)}",
                advice="Join them with `or` in one policy a command, or make the narrower one restrictive.",
            )


def _counts(policy: Policy) -> bool:
    return policy.permissive and bool(policy.strangers)


def _meet(one: Policy, other: Policy) -> bool:
    return bool(one.roles & other.roles) or "public" in one.roles | other.roles


RULE = Rule(
    "several-permissive-policies",
    "Several policies let the same role at the same rows",
    Family.DESIGN,
    Level.NOTE,
    _find,
)
