"""What the journal's schema grants to others: nothing but the right to approve."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql


def grant_approvers(connection: psycopg.Connection, logins: Sequence[str]) -> None:
    """Lets each login that exists write its own approval, under its own name only.

    The login column is not granted: it keeps its default, session_user, which nobody can choose.
    """
    if not logins:
        return
    rows = connection.execute(
        "select r.rolname::text from pg_catalog.pg_roles as r where r.rolname = any (%s) order by 1", [list(logins)]
    ).fetchall()
    for (login,) in rows:
        name = sql.Identifier(login)
        connection.execute(sql.SQL("grant usage on schema haulback to {}").format(name))
        connection.execute(sql.SQL("grant select on haulback.saved_plan to {}").format(name))
        connection.execute(sql.SQL("grant insert (plan_hash, role), select on haulback.approval to {}").format(name))
