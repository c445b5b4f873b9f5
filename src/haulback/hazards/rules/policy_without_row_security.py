"""A policy on a table whose row-level security is off: it looks like a guard and is none."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import api, policies
from haulback.hazards.facts.ending import ended
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for policy in policies.lasting(reading):
        if policy.table in reading.declared.dropped or api.has_row_security(reading, policy.table) is not False:
            continue
        if api.switched_on_elsewhere(reading, policy.table):
            continue
        made = policy.seen.name == "create_policy_stmt"
        switch = f"alter table {names.spelled(policy.table)} enable row level security;"
        yield Found(
            policy.seen,
            f"{policy.shown} has no effect: row-level security of the table is off",
            subject=f"{policy.table}.{names.identifier(policy.name)}",
            rewrite=f"{ended(policy.seen.text)}\n{switch}" if made else "",
            advice=f"`{switch[:-1]}` makes it count.",
        )


RULE = Rule(
    "policy-without-row-security", "A policy does not count, for its table's row-level security is off",
    Family.EXPOSES, Level.WARN, _find,
)  # fmt: skip
