"""A view that reads with the rights of its owner, and so passes by the policies of its tables."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import api, expressions, views
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_MAJOR = 15  # the first with security_invoker
_MOST = 3  # tables are named


def _find(reading: Reading) -> Iterator[Found]:
    if reading.known.major is not None and reading.known.major < _MAJOR:
        return
    for name, seen in views.lasting(reading):
        if name in reading.declared.standing.invoker or not api.is_open(reading, name):
            continue
        tables = sorted({names.relation(one) for one in expressions.relations(seen.node.query)})
        read = [one for one in tables if names.schema_of(one) not in {"pg_catalog", "information_schema"}]
        if not read:
            continue
        more = " and more" if len(read) > _MOST else ""
        yield Found(
            seen,
            f"the view {name} reads {', '.join(read[:_MOST])}{more} with its owner's rights: the policies of those "
            "tables do not count",
            subject=name,
            rewrite=views.with_invoker(seen),
            advice="`with (security_invoker = true)` lets the view read with the rights of whoever asks.",
            level=Level.WARN if api.is_served(reading) else Level.NOTE,
        )


RULE = Rule(
    "view-without-security-invoker", "A view passes by the policies of its tables", Family.EXPOSES, Level.WARN, _find
)
