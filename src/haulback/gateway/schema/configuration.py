"""Settings that live in the database: `ALTER ROLE authenticator SET pgrst.…`.

PostgREST reads them, and what has been set for it holds here too: a pre-request function that refuses writes during
maintenance must not be passed by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import psycopg

from haulback.gateway.rest.planned import Options
from haulback.pg.queries import queries

_PACKAGE = "haulback.gateway.schema"


def told(connection: psycopg.Connection) -> dict[str, str]:
    """The settings of the connecting role, without their prefix: `db_pre_request`."""
    return dict(connection.execute(queries(_PACKAGE, "configuration.sql")["settings"]).fetchall())


def schemas(settings: Mapping[str, str], default: tuple[str, ...]) -> tuple[str, ...]:
    """The exposed schemas."""
    return _names(settings.get("db_schemas", "")) or default


def applied(options: Options, settings: Mapping[str, str]) -> Options:
    """The options with what the database says of them; what cannot be read as meant is left as it was."""
    changes: dict[str, object] = {}
    for name, (field, read) in _OPTIONS.items():
        if name in settings:
            try:
                changes[field] = read(settings[name])
            except ValueError:
                continue
    return replace(options, **changes)  # type: ignore[arg-type]


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _flag(text: str) -> bool:
    known = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
    if text.lower() not in known:
        raise ValueError(text)
    return known[text.lower()]


def _tx_end(text: str) -> str:
    if text not in {"commit", "commit-allow-override", "rollback", "rollback-allow-override"}:
        raise ValueError(text)
    return text


_OPTIONS: dict[str, tuple[str, Callable[[str], object]]] = {
    "db_max_rows": ("max_rows", lambda text: int(text) or None),
    "db_aggregates_enabled": ("aggregates", _flag),
    "db_plan_enabled": ("plan", _flag),
    "db_tx_end": ("tx_end", _tx_end),
    "db_extra_search_path": ("extra_search_path", _names),
    "db_pre_request": ("pre_request", str),
}
