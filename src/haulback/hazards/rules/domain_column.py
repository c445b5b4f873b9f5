"""ADD COLUMN of a domain that has constraints: every row is written anew, even where the column is null."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_AddColumn"):
        definition = getattr(command, "def").column_def
        domain = names.qualified(names.words(definition.type_name.names))
        if not definition.type_name.array_bounds and _is_constrained(reading, domain):
            yield Found(
                seen,
                f"the domain {domain} has constraints: nobody reads or writes {table} until every row is written anew"
                " with them checked",
                table=table,
                subject=f"{table}.{names.dotted(definition.colname)}",
                advice="Give the column the domain's base type and a check of its own, added NOT VALID and validated"
                " after a commit.",
            )


def _is_constrained(reading: Reading, domain: str) -> bool:
    told = reading.declared.history.domains.get(domain)
    if told is not None or reading.known.schema is None:
        return bool(told)
    known = catalog(reading.known.schema).one("type", domain)
    facets = known.facets if known else {}
    return facets.get("form") == "domain" and bool(facets.get("constraints") or facets.get("not_null"))


RULE = Rule(
    "domain-column",
    "A column of a domain with constraints writes the table anew while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.REWRITE,
)
