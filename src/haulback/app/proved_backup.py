"""Use case: from which moment the tables of a target can come back, by backups that were proved by restoring them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import psycopg

from haulback.errors import HaulbackError
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.queries import queries


def newest(
    settings: Settings, target: Target, connection: psycopg.Connection, changed: Sequence[str] = ()
) -> tuple[datetime | None, str]:
    """The moment that it holds, None where there is none; and why nobody knows, where nobody does.

    Each table that is configured to be backed up, and each of those `changed` (as a plan names them), must be in a
    proved backup: the moment is the youngest from which all of them can come back.
    """
    place = settings.backups.store
    if "://" not in place and not (Path(place) / quote(target.name, safe="")).exists():
        return None, ""  # a project without backups pays for none of what reads them
    from haulback.app.backing_up import configured, shelf  # noqa: PLC0415 - start-up: 40 ms
    from haulback.backups.covering import newest_covering  # noqa: PLC0415 - as above
    from haulback.backups.table import system_identifier  # noqa: PLC0415 - as above

    wanted = _concerned(connection, (*configured(settings), *changed))
    try:
        proved = shelf(settings, target).proved(system_identifier(connection))
        found, lacking = newest_covering(proved, wanted)
    except HaulbackError as problem:
        return None, problem.message
    if lacking:
        return None, f"no proved backup holds {', '.join(lacking)}"
    return (found.began_at if found else None), ""


def _concerned(connection: psycopg.Connection, names: Sequence[str]) -> tuple[str, ...]:
    from haulback.backups.covering import parts  # noqa: PLC0415 - as above

    pairs = [parts(one) for one in names]
    given = {"schemas": [schema for schema, _ in pairs], "names": [name for _, name in pairs]}
    query = queries("haulback.app", "proved_backup.sql")["concerned"]
    return tuple(row[0] for row in connection.execute(query, given))
