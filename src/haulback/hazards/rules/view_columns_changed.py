"""CREATE OR REPLACE VIEW that drops, renames or reorders columns: the server refuses."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.replacing import columns, columns_before, differing, is_certain
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("view_stmt"):
        if not seen.node.replace:
            continue
        old = columns_before(reading, seen)
        problem = differing(old, columns(seen.node)) if old else ""
        if problem:
            view = names.relation(seen.node.view)
            yield Found(
                seen,
                f"the statement fails: {problem}, and create or replace may only add columns at the end of {view}",
                subject=view,
                advice=f"Drop {view} first in the same migration, and give its grants again.",
                level=Level.BLOCK if is_certain(reading, seen) else Level.WARN,
            )


RULE = Rule("view-columns-changed", "A view is replaced by one with other columns", Family.CLIENTS, Level.WARN, _find)
