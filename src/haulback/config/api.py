"""Reads the table `[api]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from haulback.config.api_values import is_base_url, is_network, is_trace_header
from haulback.config.auth import read_auth
from haulback.config.errors import WrongSetting
from haulback.config.graphql import read_graphql
from haulback.config.reading import Table
from haulback.config.realtime import read_realtime
from haulback.config.secrets import secret
from haulback.model.api import ApiSettings
from haulback.model.role_path import UnreadablePath, role_path

SECRET = "HAULBACK_JWT_SECRET"  # noqa: S105 - the name of a variable
PASSWORD = "HAULBACK_API_PASSWORD"  # noqa: S105 - the name of a variable
AUTH_ADMIN_PASSWORD = "HAULBACK_AUTH_ADMIN_PASSWORD"  # noqa: S105 - the name of a variable
OPENAPI = ("follow-privileges", "ignore-privileges", "disabled")
BASE_URL = "an address such as https://api.example.com/rest/v1"
TRACE_HEADER = "the name of a header that holds no secret, such as X-Request-Id"
ERRORS = ("verbose", "minimal")
ACCESS_LOGS = ("off", "text", "json")
PROXY_HEADERS = ("X-Forwarded-For", "Forwarded")
TX_ENDS = ("commit", "commit-allow-override", "rollback", "rollback-allow-override")


def read_api(table: Table, environment: Mapping[str, str]) -> ApiSettings:
    """How the API is served.

    Raises:
        WrongSetting, SecretFileUnreadable: as everywhere.
    """
    default = ApiSettings()
    return ApiSettings(
        serve=table.flag("serve", default=default.serve),
        host=table.text("host", default.host),
        port=table.whole("port", default.port),
        workers=max(1, table.whole("workers", default.workers)),
        pool=max(1, table.whole("pool", default.pool)),
        patience=table.seconds("patience", default.patience, smallest=0.1),
        login=table.text("login", default.login),
        password=secret(environment, PASSWORD),
        auth_admin_password=secret(environment, AUTH_ADMIN_PASSWORD),
        anonymous=table.text("anonymous", default.anonymous),
        jwt_secret=secret(environment, SECRET, "SUPABASE_JWT_SECRET", "JWT_SECRET"),
        audience=table.text("audience", default.audience),
        max_rows=table.whole("max_rows", default.max_rows),
        body=table.size("body") or default.body,
        aggregates=table.flag("aggregates", default=default.aggregates),
        plan=table.flag("plan", default=default.plan),
        tx_end=table.choice("tx_end", default.tx_end, TX_ENDS),
        extra_search_path=table.texts("extra_search_path", default.extra_search_path),
        origins=table.texts("origins", default.origins),
        pre_request=table.text("pre_request", default.pre_request),
        app=table.mapping("app"),
        openapi=table.choice("openapi", default.openapi, OPENAPI),
        openapi_url=_right(table, "openapi_url", default.openapi_url, is_base_url, BASE_URL),
        openapi_security=table.flag("openapi_security", default=default.openapi_security),
        root_spec=table.text("root_spec", default.root_spec),
        legacy_names=table.flag("legacy_names", default=default.legacy_names),
        errors=table.choice("errors", default.errors, ERRORS),
        server_timing=table.flag("server_timing", default=default.server_timing),
        trace_header=_right(table, "trace_header", default.trace_header, is_trace_header, TRACE_HEADER),
        pre_config=table.text("pre_config", default.pre_config),
        hoisted=table.texts("hoisted", default.hoisted),
        role_claim=_path(table, default.role_claim),
        access_log=table.choice("access_log", default.access_log, ACCESS_LOGS),
        access_log_from=table.whole("access_log_from", default.access_log_from),
        trusted_proxies=_proxies(table, default.trusted_proxies),
        proxy_header=table.choice("proxy_header", default.proxy_header, PROXY_HEADERS),
        graphql=read_graphql(table.table("graphql")),
        auth=read_auth(table.table("auth")),
        realtime=read_realtime(table.table("realtime")),
    )


def _right(table: Table, name: str, default: str, is_right: Callable[[str], bool], wanted: str) -> str:
    """A text that is empty or right; where it is not, `wanted` says what would be."""
    value = table.text(name, default)
    if value and not is_right(value):
        raise WrongSetting(file=table.file, setting=table.name(name), wanted=wanted)
    return value


def _proxies(table: Table, default: tuple[str, ...]) -> tuple[str, ...]:
    value = table.texts("trusted_proxies", default)
    if not all(is_network(one) for one in value):
        wanted = 'a list of addresses and networks such as "127.0.0.1" and "10.0.0.0/8"'
        raise WrongSetting(file=table.file, setting=table.name("trusted_proxies"), wanted=wanted)
    return value


def _path(table: Table, default: str) -> str:
    value = table.text("role_claim", default)
    try:
        role_path(value)
    except UnreadablePath as wrong:
        wanted = "a JSON path such as $.app_metadata.role"
        raise WrongSetting(file=table.file, setting=table.name("role_claim"), wanted=wanted) from wrong
    return value
