"""REFRESH MATERIALIZED VIEW without CONCURRENTLY: its readers wait until the query has run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.model.hazard import Level

_VIEW = re.compile(r"\bview\b", re.IGNORECASE)


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("refresh_mat_view_stmt"):
        if seen.node.concurrent:
            continue
        view = names.relation(seen.node.relation)
        possible = not seen.node.skip_data and _has_unique_index(reading, view)
        yield Found(
            seen,
            f"nobody reads {view} until its query has run and its indexes are built",
            table=view,
            advice="REFRESH MATERIALIZED VIEW CONCURRENTLY lets readers go on; it needs a unique index over plain"
            " columns, and a view that was filled before.",
            rewrite=_VIEW.sub(r"\g<0> concurrently", seen.text, count=1) + ";" if possible else "",
        )


def _has_unique_index(reading: Reading, view: str) -> bool:
    if view in reading.declared.history.unique:
        return True
    if reading.known.schema is None:
        return False
    for listed in catalog(reading.known.schema).by_name["index"].values():
        for one in listed:
            definition = str(one.facets.get("definition", ""))
            of_view = one.parent is not None and names.of_catalog(one.parent.identity) == view
            if of_view and definition.startswith("CREATE UNIQUE") and " WHERE " not in definition:
                return True
    return False


RULE = Rule(
    "refresh-not-concurrent",
    "A materialized view is refreshed while its readers wait",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.REWRITE,
)
