"""The journal's schema: made, brought up to the newest version, and granted to nobody but those who approve."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import psycopg
from psycopg import sql

from haulback.clock import Clock, SystemClock
from haulback.errors import HaulbackError
from haulback.pg.queries import queries, script

_SQL = queries("haulback.journal", "sql/queries.sql")
_PACKAGE, _UPGRADES = "haulback.journal", "sql/upgrades"
_TRIES, _PAUSE = 20, 0.2  # seconds


class JournalIsNewer(HaulbackError):
    template = "the journal of this database has version {found}, and this Haulback knows {known}"
    hint_template = "Install the newest Haulback: pip install --upgrade haulback."


def install(connection: psycopg.Connection) -> None:
    """Makes the schema as of the newest version; every statement can be repeated."""
    connection.execute(script(_PACKAGE, "sql/install.sql"))


def upgrade(connection: psycopg.Connection, clock: Clock | None = None) -> tuple[int, ...]:
    """Brings a journal that an older Haulback made up to the newest version; returns the versions it went through.

    Each version is one file, `sql/upgrades/VERSION_NAME.sql`, and commits with its line in haulback.installation.
    A users' erasure reads the tables that change: so a try waits shortly, gives way, and comes again.

    Args:
        connection: in autocommit, with the deployment lock.
        clock: for the pauses between two tries.

    Raises:
        JournalIsNewer: a newer Haulback was here.
        psycopg.errors.LockNotAvailable: an open transaction holds one of the tables for longer than we try.
    """
    found = version(connection)
    steps = upgrades()
    if found > max(steps):
        raise JournalIsNewer(found=found, known=max(steps))
    wanted = tuple(number for number in sorted(steps) if number > found)
    for number in wanted:
        _patiently(connection, number, steps[number], clock or SystemClock())
    return wanted


def version(connection: psycopg.Connection) -> int:
    """The version of the journal that is there."""
    row = connection.execute(_SQL["version"]).fetchone()
    return int(row[0]) if row else 0


@cache
def upgrades() -> dict[int, str]:
    """The file of each version that a journal can be brought to."""
    names = (one.name for one in files(_PACKAGE).joinpath(_UPGRADES).iterdir() if one.name.endswith(".sql"))
    return {int(name.partition("_")[0]): f"{_UPGRADES}/{name}" for name in names}


def _patiently(connection: psycopg.Connection, number: int, file: str, clock: Clock) -> None:
    for left in range(_TRIES, 0, -1):
        try:
            with connection.transaction():
                connection.execute("set local lock_timeout = '500ms'")
                connection.execute(script(_PACKAGE, file))
                connection.execute(_SQL["reached"], {"version": number})
                return
        except psycopg.errors.LockNotAvailable:
            if left == 1:
                raise
            clock.sleep(_PAUSE)


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
