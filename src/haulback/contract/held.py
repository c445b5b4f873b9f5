"""What holds of an API, as `haulback serve` has it: by haulback.toml, and by what the database says over that."""

from __future__ import annotations

from dataclasses import replace

import psycopg

from haulback.gateway.dialect import dialect
from haulback.gateway.schema import configuration
from haulback.gateway.schema.configuration import Held
from haulback.model.settings import Settings

PRE_CONFIG = "db_pre_config"


def held(settings: Settings, connection: psycopg.Connection) -> Held:
    """What holds now.

    Args:
        settings: of the project.
        connection: of any role that may become the login of the API; not in a transaction.

    Raises:
        psycopg.Error: the server is gone, or a function that sets more fails.
    """
    return configuration.held(connection, settings.exposed, dialect(settings.api), {}, settings.api.login)


def nearly(settings: Settings, connection: psycopg.Connection) -> Held:
    """As `held`; where the function fails, without what it would set, and with its setting among the wrong ones.

    Raises:
        psycopg.Error: the server is gone.
    """
    try:
        return held(settings, connection)
    except psycopg.Error:
        if connection.closed:
            raise
    without = configuration.resting(connection, settings.exposed, dialect(settings.api), settings.api.login)
    return replace(without, wrong=(*without.wrong, PRE_CONFIG))


def unread(now: Held) -> tuple[str, ...]:
    """What of the settings in the database could not be read, for a person."""
    return tuple(
        f"pgrst.{name}: the function fails, so what it would set is not known"
        if name == PRE_CONFIG
        else f"pgrst.{name} cannot be read as meant, so the API goes by what is said elsewhere"
        for name in now.wrong
    )
