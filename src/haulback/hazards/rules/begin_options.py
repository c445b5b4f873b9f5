"""BEGIN with an isolation level or another mode, which does not come to pass."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.transactions import command
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("transaction_stmt"):
        if command(seen.node) in {"BEGIN", "START"} and seen.node.options:
            options = ", ".join(one.def_elem.defname.removeprefix("transaction_") for one in seen.node.options)
            yield Found(
                seen,
                f"the transaction is Haulback's own, and what this says of it ({options.replace('_', ' ')}) is lost",
                advice="Lock the rows or tables that must hold still with SELECT ... FOR UPDATE or LOCK TABLE.",
            )


RULE = Rule("begin-options", "A mode of the transaction is lost", Family.MIXES, Level.WARN, _find)
