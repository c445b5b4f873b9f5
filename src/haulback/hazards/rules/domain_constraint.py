"""A constraint of a domain is checked in every table that uses the domain, while their writers wait."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level

_ADD, _SET_NOT_NULL, _VALIDATE = "C", "O", "V"


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("alter_domain_stmt"):
        domain = names.qualified(names.words(seen.node.type_name))
        if not _reads_rows(seen.node) or _is_new(reading, seen, domain):
            continue
        for table in _users(reading, domain):
            yield Found(
                seen,
                f"nobody writes {table or f'the tables with a column of {domain}'} until every row has passed the"
                f" constraint of {domain}",
                table=table,
                subject=domain,
                advice="Add the constraint NOT VALID, which holds for new values at once and reads nothing; validate"
                " it at a quiet hour, since that makes writers wait as well.",
            )


def _reads_rows(node: Node) -> bool:
    if node.subtype == _ADD:
        return not getattr(node, "def").constraint.skip_validation
    return node.subtype in {_SET_NOT_NULL, _VALIDATE}


def _is_new(reading: Reading, seen: Seen, domain: str) -> bool:
    """Whether this file makes the domain: then hardly a row has it."""
    made = (one for one in reading.of("create_domain_stmt") if one.number < seen.number)
    return any(names.qualified(names.words(one.node.domainname)) == domain for one in made)


def _users(reading: Reading, domain: str) -> list[str]:
    """The tables with a column of the domain; one nameless where the target is not known."""
    if reading.known.schema is None:
        return [""]
    found = set()
    for name, objects in catalog(reading.known.schema).by_name["column"].items():
        shown = str(objects[0].facets.get("type", ""))
        if names.bare(domain) in shown and names.qualified(names.parts(shown.removesuffix("[]"))) == domain:
            found.add(names.dotted(*names.parts(name)[:-1]))
    return sorted(found)


RULE = Rule(
    "domain-constraint",
    "A constraint of a domain is checked in every table that uses it while writers wait",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.SCAN,
    squawk=("ban-alter-domain-with-add-constraint",),
)
