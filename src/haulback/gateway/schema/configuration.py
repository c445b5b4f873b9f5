"""Settings that live in the database: `ALTER ROLE authenticator SET pgrst.…`.

PostgREST reads them, and what has been set for it holds here too: a pre-request function that refuses writes during
maintenance must not be passed by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

import psycopg
from psycopg import sql

from haulback.config.api_values import is_base_url, is_trace_header
from haulback.gateway.rest.openapi.document import Mode
from haulback.gateway.rest.planned import Options
from haulback.model.role_path import role_path
from haulback.pg.queries import queries

_PACKAGE = "haulback.gateway.schema"
_LONGEST = "10s"  # that a function may take to say what holds: while it does, nothing new of the schema is heard
_MOST_ROWS, _DIGITS = 2**31 - 1, 11


@dataclass(frozen=True, slots=True)
class Held:
    """What holds of an API, by its own settings and by those in its database.

    Attributes:
        schemas: exposed, the default first.
        options: of the dialect.
        settings: those in the database that are heeded.
        wrong: the names of those that cannot be read.
    """

    schemas: tuple[str, ...]
    options: Options
    settings: Mapping[str, str] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()


def held(
    connection: psycopg.Connection,
    schemas: tuple[str, ...],
    options: Options,
    before: Mapping[str, str],
    login: str | None = None,
) -> Held:
    """What holds now.

    Args:
        connection: not in a transaction.
        schemas: exposed, where the database does not say.
        options: where the database does not say.
        before: the settings in the database as they were heeded until now.
        login: that the API connects as; None where that is who connects.

    Raises:
        psycopg.Error: as `told`.
    """
    return _held(told(connection, options.pre_config, login), schemas, options, before)


def resting(
    connection: psycopg.Connection, schemas: tuple[str, ...], options: Options, login: str | None = None
) -> Held:
    """As `held`, without what a function would set."""
    return _held(_of_role(connection, login), schemas, options, {})


def _held(settings: Mapping[str, str], schemas: tuple[str, ...], options: Options, before: Mapping[str, str]) -> Held:
    settings, wrong = heeded(settings, before)
    exposed = _names(settings.get("db_schemas", "")) or schemas
    return Held(exposed, applied(options, settings), settings, wrong)


def _of_role(connection: psycopg.Connection, login: str | None) -> dict[str, str]:
    named = queries(_PACKAGE, "configuration.sql")
    return dict(connection.execute(named["settings"], {"login": login}).fetchall())


def told(connection: psycopg.Connection, pre_config: str = "", login: str | None = None) -> dict[str, str]:
    """The settings of a login, without their prefix: `db_pre_request`.

    A function that sets more of them is called before, as the login; what the role says counts over it. It only reads.

    Args:
        connection: not in a transaction.
        pre_config: the function, unless the role says another; "" for none.
        login: None where that is who connects.

    Raises:
        psycopg.Error: the function fails, or we may not become the login to call it. What it would have set may be
            what keeps others out.
    """
    found = _of_role(connection, login)
    function = found.get("db_pre_config", pre_config)
    if not function:
        return found
    # Nothing of it stays: a role that it takes, or a message to ourselves that has us read again without end.
    with connection.transaction(force_rollback=True):
        connection.execute("SET TRANSACTION READ ONLY")
        connection.execute("SELECT pg_catalog.set_config('statement_timeout', %s, true)", (_LONGEST,))
        if login is not None:
            connection.execute("SELECT pg_catalog.set_config('role', %s, true)", (login,))
        connection.execute(sql.SQL("SELECT {}()").format(sql.Identifier(*function.split(".", 1))))
        named = queries(_PACKAGE, "configuration.sql")
        return dict(connection.execute(named["set"], {"names": ["db_schemas", *_READERS]}).fetchall()) | found


def heeded(settings: Mapping[str, str], before: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The settings as they hold, and the names of those that cannot be read: what was said before holds for them.

    Args:
        settings: as the database has them now.
        before: as they held until now.
    """
    wrong = tuple(name for name, text in settings.items() if not _is_readable(name, text))
    kept = {name: before[name] for name in wrong if name in before}
    return {name: text for name, text in settings.items() if name not in wrong} | kept, wrong


def _is_readable(name: str, text: str) -> bool:
    try:
        if name in _READERS:
            _READERS[name](Options(), text)
    except ValueError:
        return False
    return True


def applied(options: Options, settings: Mapping[str, str]) -> Options:
    """The options with what the database says of them; what cannot be read as meant is left as it was."""
    for name, read in _READERS.items():
        if name in settings:
            with suppress(ValueError):
                options = read(options, settings[name])
    return options


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _most(text: str) -> int | None:
    if not (text.isascii() and text.isdecimal()) or int(text[:_DIGITS]) > _MOST_ROWS:
        raise ValueError(text)
    return int(text) or None


def _flag(text: str) -> bool:
    known = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
    if text.lower() not in known:
        raise ValueError(text)
    return known[text.lower()]


def _tx_end(text: str) -> str:
    if text not in {"commit", "commit-allow-override", "rollback", "rollback-allow-override"}:
        raise ValueError(text)
    return text


def _is_minimal(text: str) -> bool:
    if text not in {"verbose", "minimal"}:
        raise ValueError(text)
    return text == "minimal"


def _header(text: str) -> str:
    if text and not is_trace_header(text):
        raise ValueError(text)
    return text.lower()


def _url(text: str) -> str:
    if not is_base_url(text):
        raise ValueError(text)
    return text


Reader = Callable[[Options, str], Options]


def _option(field: str, read: Callable[[str], object]) -> Reader:
    return lambda options, text: replace(options, **{field: read(text)})  # type: ignore[arg-type]


def _server(field: str, read: Callable[[str], object]) -> Reader:
    return lambda options, text: replace(options, server=replace(options.server, **{field: read(text)}))  # type: ignore[arg-type]


_READERS: dict[str, Reader] = {
    "db_max_rows": _option("max_rows", _most),
    "db_aggregates_enabled": _option("aggregates", _flag),
    "db_plan_enabled": _option("plan", _flag),
    "db_tx_end": _option("tx_end", _tx_end),
    "db_extra_search_path": _option("extra_search_path", _names),
    "db_pre_request": _option("pre_request", str),
    "db_hoisted_tx_settings": _option("hoisted", _names),
    "db_root_spec": _option("root_spec", str),
    "db_anon_role": _option("anonymous", lambda text: text or None),
    "url_use_legacy_target_names": _option("legacy_names", _flag),
    "client_error_verbosity": _option("minimal_errors", _is_minimal),
    "server_timing_enabled": _option("server_timing", _flag),
    "server_trace_header": _option("trace_header", _header),
    "server_cors_allowed_origins": _option("origins", _names),
    "jwt_aud": _option("audience", lambda text: text or None),
    "jwt_role_claim_key": _option("role_path", role_path),
    "openapi_mode": _server("mode", Mode),
    "openapi_security_active": _server("security", _flag),
    "openapi_server_proxy_uri": _server("url", _url),
}
