"""The database is not close to running out of transaction ids."""

from __future__ import annotations

from haulback.checks._check import Check, Finding, held, one_row
from haulback.checks._context import CheckContext

_QUERY = """
select pg_catalog.age(d.datfrozenxid) from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database()
"""


def _measure(context: CheckContext) -> Finding:
    (age,) = one_row(context.connection, _QUERY)
    limit = context.thresholds.wraparound_age
    return held(
        within=age < limit,
        figure=f"{age:,} transactions since the last freeze",
        threshold=f"below {limit:,}",
        hint="Vacuum the database first, and look for what holds vacuum back: old transactions, slots, prepared ones.",
    )


CHECK = Check("wraparound", "Transaction ids are left", _measure)
