"""Row-level security without a policy: nobody but those who pass by it gets a row."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names, once
from haulback.hazards.facts import api
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level
from haulback.model.schema import Schema


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, _ in reading.altered("AT_EnableRowSecurity"):
        if _has_policy(reading, table) or table in reading.declared.dropped or not api.is_exposed(reading, table):
            continue
        yield Found(
            seen,
            f"row-level security is on for {table} and no policy lets anybody in: all but its owner and service_role "
            "see an empty table",
            subject=table,
            advice="Write a policy for each role that needs rows, in the same deployment, or say that none is meant.",
            # What is read today is empty afterwards; a new table nobody reads yet.
            level=Level.NOTE if table in reading.declared.standing.tables else Level.WARN,
        )


def _has_policy(reading: Reading, table: str) -> bool:
    if any(reading.declared.standing.policies_of(table)):
        return True
    if any("create policy" in text and names.bare(table) in text for text in reading.declared.dynamic):
        return True
    return reading.known.schema is not None and table in _with_policies(reading.known.schema)


@once.for_each
def _with_policies(schema: Schema) -> frozenset[str]:
    parents = (one.parent for one in schema if one.key.kind == "policy")
    return frozenset(names.of_catalog(parent.identity) for parent in parents if parent)


RULE = Rule(
    "row-security-without-policy",
    "Row-level security is on and no policy lets anybody in",
    Family.EXPOSES,
    Level.WARN,
    _find,
)
