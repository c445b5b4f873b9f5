"""A policy that asks for each row who is asking."""

from __future__ import annotations

import re
from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import expressions, policies
from haulback.hazards.facts.ending import ended
from haulback.hazards.facts.policies import Policy
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level

# A call that does not follow SELECT at once; whether it is one the tree tells.
_BARE = re.compile(r'(?<!select )(?:"?auth"?\."?(?:uid|jwt|role|email)|current_setting)"?\s*\(', re.IGNORECASE)


def _find(reading: Reading) -> Iterator[Found]:
    for policy in policies.lasting(reading):
        if not (policy.strangers or not policy.roles) or not _BARE.search(policy.seen.text):
            continue
        again = _again(policy.seen.node)
        if again:
            called = ", ".join(sorted({f"{expressions.called(call)}()" for call in again}))
            yield Found(
                policy.seen,
                f"{policy.shown} calls {called} anew for each row that a query looks at",
                subject=f"{policy.table}.{names.identifier(policy.name)}",
                rewrite=_wrapped(policy, again),
                advice="In `(select ...)` it is called once for each query.",
            )


def _again(statement: Node) -> list[Node]:
    conditions = [part for part in (statement.qual, statement.with_check) if part.ListFields()]
    return [
        node
        for node in expressions.per_row(*conditions)
        if node.DESCRIPTOR.name == "FuncCall" and expressions.called(node) in expressions.PER_QUERY
    ]


def _wrapped(policy: Policy, calls: list[Node]) -> str:
    """The statement with each call in a select of its own; empty where that cannot be done by text."""
    text = policy.seen.text.encode()
    places = [call.location - policy.seen.origin for call in calls]
    for place in sorted(places, reverse=True):
        end = _end(text, place)
        if end < 0:
            return ""
        text = text[:place] + b"(select " + text[place:end] + b")" + text[end:]
    return ended(text.decode())


def _end(text: bytes, start: int) -> int:
    """Where the call that starts here ends; -1 where a literal or comment makes that hard to tell."""
    depth = 0
    quoted = False
    for place in range(start, len(text)):
        sign = text[place : place + 1]
        if sign == b"'":
            quoted = not quoted
        elif quoted:
            continue
        elif sign == b"(":
            depth += 1
        elif sign == b")":
            depth -= 1
            if depth == 0:
                return place + 1
    return -1


RULE = Rule(
    "policy-per-row-function", "A policy calls for each row what is the same for all", Family.EXPOSES, Level.NOTE, _find
)
