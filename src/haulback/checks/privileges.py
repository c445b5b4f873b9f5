"""Our role may do what the plan does: create, and change what it owns."""

from __future__ import annotations

from haulback.checks._check import Check, Finding, listed, one_row
from haulback.checks._context import CheckContext
from haulback.model.check import Outcome
from haulback.pg.queries import script

_THRESHOLD = "CREATE on the database and its schemas, ownership of the tables, no more"
_SUPERUSER = "Deploy as a role that is not a superuser: row level security and our own limits do not hold for one."


def _measure(context: CheckContext) -> Finding:
    (lacking,) = one_row(
        context.connection,
        script("haulback.checks", "privileges.sql"),
        schemas=list(context.required.schemas),
        tables=list(context.relations),
    )
    user = context.server.user
    if lacking:
        hint = f"Grant what is missing to {user}, or deploy as the owner."
        return Finding(Outcome.FAIL, f"{user} lacks {listed(lacking)}", _THRESHOLD, hint)
    if context.server.superuser:
        return Finding(Outcome.PASS, f"{user} may do everything: it is a superuser", _THRESHOLD, _SUPERUSER)
    return Finding(Outcome.PASS, f"{user} may do what the plan does", _THRESHOLD)


CHECK = Check("privileges", "Our role may do what the plan does", _measure)
