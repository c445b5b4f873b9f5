"""Whether plans may hold what only one who asks should get.

PostgreSQL puts the value of a function that is marked IMMUTABLE into a plan. One that reads claims all the same is not
what it is marked as, and a plan that serves several who ask has the value of the first for all of them.
"""

from __future__ import annotations

import psycopg

from haulback.pg.queries import queries

FOLDING = queries(__package__ or "", "folding.sql")["folding"]


def folding(connection: psycopg.Connection) -> bool:
    """Whether there is any function that is marked IMMUTABLE and may still differ from one who asks to another.

    Where that cannot be told, as of too many functions in the time that a statement may take, there may be one.

    Args:
        connection: not in a transaction.

    Raises:
        psycopg.OperationalError: the server is gone.
    """
    try:
        found = connection.execute(FOLDING).fetchone()
    except psycopg.Error:
        if connection.broken:
            raise
        return True
    return found is None or bool(found[0])
