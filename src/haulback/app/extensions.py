"""Stand-ins for extensions, on servers of ours only."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from haulback.model.migration import Statement
from haulback.model.settings import Settings
from haulback.model.target import Target


def stand_in(settings: Settings, target: Target) -> Callable[[psycopg.Connection, Statement], bool]:
    """What a deployment does with CREATE EXTENSION: nothing of its own."""
    del settings, target
    return lambda _connection, _statement: False
