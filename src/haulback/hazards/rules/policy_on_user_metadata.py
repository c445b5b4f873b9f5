"""A policy that believes what users write about themselves."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import expressions, policies
from haulback.hazards.facts.policies import Policy
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for policy in policies.lasting(reading):
        if "user_meta" not in policy.seen.text:
            continue
        claim = _believed(policy)
        if claim and (policy.strangers or not policy.roles):
            yield Found(
                policy.seen,
                f"{policy.shown} decides by {claim}, which every signed-in user may change with one call",
                subject=f"{policy.table}.{names.identifier(policy.name)}",
                advice="Ask app_metadata (raw_app_meta_data), which only the server writes, or a table of your own.",
                # A restrictive policy only keeps out: the others still decide who comes in.
                level=Level.BLOCK if policy.permissive else Level.WARN,
            )


def _believed(policy: Policy) -> str:
    for column in expressions.columns(*policy.conditions):
        if column[-1] == "raw_user_meta_data":
            return "raw_user_meta_data"
    for node in expressions.within(*policy.conditions):
        if node.DESCRIPTOR.name != "A_Expr" or not names.words(node.name)[-1].startswith(("->", "#>")):
            continue
        key = (expressions.text(node.rexpr) or "").strip("{} ").split(",")[0].strip().strip('"')
        from_token = any(expressions.called(call) in expressions.CLAIMS for call in expressions.calls(node.lexpr))
        if key == "user_metadata" and from_token:
            return "the claim user_metadata"
    return ""


RULE = Rule(
    "policy-on-user-metadata",
    "A policy decides by what users write about themselves",
    Family.EXPOSES,
    Level.BLOCK,
    _find,
)
