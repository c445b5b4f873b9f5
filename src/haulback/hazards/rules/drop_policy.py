"""DROP POLICY: what it let through is hidden, or what it forbade is allowed."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.facts.drops import Drop
from haulback.hazards.facts.objects import Objects, objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    for drop in found.gone("POLICY"):
        restrictive = _restrictive(reading, drop)
        replaced = any(names.relation(seen.node.table) == drop.table for seen in reading.of("create_policy_stmt"))
        policy = names.identifier(names.bare(drop.name))
        yield Found(
            drop.seen,
            f"the policy {policy} of {drop.table} goes: {_effect(restrictive=restrictive)}",
            subject=drop.name,
            advice="Make its replacement in the same migration, and probe what each role reads and writes then.",
            level=_level(found, drop, restrictive=restrictive, replaced=replaced),
        )


def _level(found: Objects, drop: Drop, *, restrictive: bool | None, replaced: bool) -> Level:
    """Another policy of the table in the same file is most likely its heir."""
    if restrictive:
        return Level.WARN
    return Level.NOTE if replaced or found.dropped("TABLE", drop.table) else Level.WARN


def _effect(*, restrictive: bool | None) -> str:
    match restrictive:
        case True:
            return "it is restrictive, so rows that it kept back are served"
        case False:
            return "rows and writes that only it allowed are refused"
    return "rows and writes that only it allowed are refused; were it restrictive, those that it kept back are served"


def _restrictive(reading: Reading, drop: Drop) -> bool | None:
    if reading.known.schema is not None:
        found = catalog(reading.known.schema).one("policy", drop.name)
        if found:
            return not found.facets.get("permissive", True)
    return reading.declared.promises.restrictive.get(drop.name)


RULE = Rule("drop-policy", "A row security policy is dropped", Family.SAFETY, Level.WARN, _find)
