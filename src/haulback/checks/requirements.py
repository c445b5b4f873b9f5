"""The tables, schemas and extensions that the plan takes for granted exist, or can be installed."""

from __future__ import annotations

from haulback.checks._check import Check, Finding, held, listed
from haulback.checks._context import CheckContext
from haulback.pg.queries import script


def _measure(context: CheckContext) -> Finding:
    needed = context.required
    parameters = {
        "extensions": list(needed.extensions),
        "schemas": list(needed.schemas),
        "tables": list(needed.tables),
    }
    rows = context.connection.execute(script("haulback.checks", "requirements.sql"), parameters)
    missing = [name for (name,) in rows]
    count = sum(len(names) for names in parameters.values())
    return held(
        within=not missing,
        figure=f"missing: {listed(missing)}" if missing else f"all {count} are there",
        threshold="everything the plan needs exists",
        hint="Deploy what makes them first, or install the extension's package on the server.",
    )


CHECK = Check("requirements", "What the plan needs exists", _measure)
