"""The dialect as the settings have it."""

from __future__ import annotations

from haulback.gateway.rest.planned import Options
from haulback.model.api import ApiSettings


def dialect(api: ApiSettings) -> Options:
    """What of the settings a plan depends on."""
    return Options(
        max_rows=api.max_rows or None,
        aggregates=api.aggregates,
        plan=api.plan,
        tx_end=api.tx_end,
        extra_search_path=api.extra_search_path,
        pre_request=api.pre_request,
        app=tuple((f"app.settings.{name}", value) for name, value in api.app.items()),
    )
