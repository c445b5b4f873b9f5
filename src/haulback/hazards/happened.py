"""What the rehearsal saw of a statement, against what its text threatens. A measured lock beats every guess."""

from __future__ import annotations

from collections.abc import Mapping

from haulback.hazards import names, once
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Found, Rule, Work
from haulback.model.rehearsal import Rehearsal, StatementTrace

# They run other statements, whose scans for their own sake are told apart from nothing.
_OPAQUE = frozenset({"do", "select", "call"})


def contradicted(reading: Reading, work: Work | None, found: Found) -> bool:
    """Whether the statement ran on the shadow and did not do the work that its text threatens."""
    trace = reading.trace(found.seen) if work and found.table else None
    if work is None or trace is None or (work is Work.SCAN and trace.kind in _OPAQUE) or _has_children(reading, found):
        return False
    return found.table not in done(trace, work)


def seen(reading: Reading, rule: Rule, found: Found) -> bool:
    """Whether the rehearsal confirmed the work of a finding."""
    return bool((found.work or rule.work) and found.table and reading.trace(found.seen))


def done(trace: StatementTrace, work: Work) -> frozenset[str]:
    """The tables on which a statement did such work."""
    match work:
        case Work.REWRITE:
            told = trace.rewritten
        case Work.SCAN:
            told = trace.scanned + trace.rewritten
        case Work.BUILD:
            told = trace.built + trace.rewritten
    return frozenset(map(names.of_catalog, told))


def ancestors(reading: Reading, table: str) -> frozenset[str]:
    """The tables that a table inherits from or is a partition of, near and far."""
    found: set[str] = set()
    open_ = [table]
    while open_:
        above = _parents(reading.known.rehearsal).get(open_.pop(), frozenset()) - found
        found |= above
        open_ += above
    return frozenset(found)


def _has_children(reading: Reading, found: Found) -> bool:
    """Whether the work shows on other relations than the one that is named."""
    return any(found.table in above for above in _parents(reading.known.rehearsal).values())


def _parents(rehearsal: Rehearsal | None) -> Mapping[str, frozenset[str]]:
    return _parents_of(rehearsal) if rehearsal else {}


@once.for_each
def _parents_of(rehearsal: Rehearsal) -> Mapping[str, frozenset[str]]:
    tables = (one for one in rehearsal.before if one.key.kind == "table")
    named = ((names.of_catalog(one.key.identity), one.facets.get("parents", ())) for one in tables)
    return {name: frozenset(map(names.of_catalog, parents)) for name, parents in named if parents}
