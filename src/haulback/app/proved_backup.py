"""Use case: when the newest backup of a target was taken that was proved by restoring it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import psycopg

from haulback.errors import HaulbackError
from haulback.model.settings import Settings
from haulback.model.target import Target


def newest(settings: Settings, target: Target, connection: psycopg.Connection) -> tuple[datetime | None, str]:
    """The moment that it holds, None where there is none; and why nobody knows, where nobody does."""
    place = settings.backups.store
    if "://" not in place and not (Path(place) / quote(target.name, safe="")).exists():
        return None, ""  # a project without backups pays for none of what reads them
    from haulback.app.backing_up import shelf  # noqa: PLC0415 - start-up: 40 ms
    from haulback.backups.table import system_identifier  # noqa: PLC0415 - as above

    try:
        found = shelf(settings, target).newest_proved(system_identifier(connection))
    except HaulbackError as problem:
        return None, problem.message
    return (found.began_at if found else None), ""
