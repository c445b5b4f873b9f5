"""A policy whose condition is true for every row."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import api, expressions, policies, roles
from haulback.hazards.facts.policies import Policy
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_DONE = {"select": "read every row", "insert": "add any row", "update": "change any row", "delete": "delete any row"}
_ALSO_SERVED = frozenset({"storage", "realtime"})  # by APIs of their own


def _find(reading: Reading) -> Iterator[Found]:
    for policy in policies.lasting(reading):
        if not policy.permissive or not _is_reached(reading, policy.table):
            continue
        if policy.roles and not policy.strangers:
            continue
        commands = _open(policy)
        if commands:
            what = " and ".join(_DONE[one] for one in policies.COMMANDS if one in commands)
            who = roles.shown(policy.strangers) or "whomever it is for"
            yield Found(
                policy.seen,
                f"{policy.shown} lets {who} {what}",
                subject=f"{policy.table}.{names.identifier(policy.name)}",
                advice=_advice(policy),
                level=_level(reading, policy, commands),
            )


def _open(policy: Policy) -> frozenset[str]:
    """What the policy allows with every row; an absent condition allows nothing, save that USING checks as well."""
    using = policy.using is not None and expressions.is_true(policy.using)
    check = expressions.is_true(policy.check) if policy.check is not None else using
    allowed = {command for command in ("select", "delete") if using}
    allowed |= {"insert"} if check else set()
    allowed |= {"update"} if using and check else set()
    return policy.commands & allowed


def _level(reading: Reading, policy: Policy, commands: frozenset[str]) -> Level:
    anybody = bool(policy.roles & roles.ANYBODY)
    if commands == {"select"}:  # a public catalogue is common, and so is a list that members share
        return Level.WARN if anybody else Level.NOTE
    narrowed = any(
        not other.permissive and other.commands & commands
        for other in reading.declared.standing.policies_of(policy.table)
    )
    shut = reading.declared.standing.is_shut(policy.table)
    # Anonymous forms insert; nothing that is meant lets strangers change or delete what others wrote.
    destroys = bool(commands & {"update", "delete"})
    reached = api.is_served(reading) and not narrowed and not shut
    return Level.BLOCK if anybody and destroys and reached else Level.WARN


def _advice(policy: Policy) -> str:
    if "service" in policy.name.lower():
        return "service_role passes by row-level security: drop the policy, or add `to service_role`."
    return "Name who may: `to authenticated` and a condition such as `(select auth.uid()) = user_id`."


def _is_reached(reading: Reading, table: str) -> bool:
    return api.is_exposed(reading, table) or names.schema_of(table) in _ALSO_SERVED


RULE = Rule("policy-always-true", "A policy lets strangers at every row", Family.EXPOSES, Level.WARN, _find)
