"""The dialect as the settings have it."""

from __future__ import annotations

from haulback.gateway.rest.openapi.document import Mode, Server
from haulback.gateway.rest.planned import Options
from haulback.model.api import ApiSettings
from haulback.model.role_path import role_path


def dialect(api: ApiSettings) -> Options:
    """What of the settings answers depend on.

    Raises:
        UnreadablePath: `role_claim` is no path.
    """
    url = api.openapi_url or f"http://{api.host}:{api.port}/rest/v1"
    return Options(
        max_rows=api.max_rows or None,
        aggregates=api.aggregates,
        plan=api.plan,
        tx_end=api.tx_end,
        extra_search_path=api.extra_search_path,
        pre_request=api.pre_request,
        app=tuple((f"app.settings.{name}", value) for name, value in api.app.items()),
        server=Server(url, security=api.openapi_security, mode=Mode(api.openapi)),
        root_spec=api.root_spec,
        legacy_names=api.legacy_names,
        minimal_errors=api.errors == "minimal",
        server_timing=api.server_timing,
        trace_header=api.trace_header.lower(),
        origins=api.origins,
        anonymous=api.anonymous or None,
        audience=api.audience or None,
        role_path=role_path(api.role_claim),
        pre_config=api.pre_config,
        hoisted=api.hoisted,
    )
