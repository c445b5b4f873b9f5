"""Reads the table `[api.auth]`."""

from __future__ import annotations

from haulback.config.reading import Table
from haulback.model.auth import AuthSettings


def read_auth(table: Table) -> AuthSettings:
    """How users are signed in.

    Raises:
        WrongSetting: as everywhere.
    """
    default = AuthSettings()
    return AuthSettings(
        signup=table.flag("signup", default=default.signup),
        anonymous=table.flag("anonymous", default=default.anonymous),
        confirm=table.flag("confirm", default=default.confirm),
        reauthenticate=table.flag("reauthenticate", default=default.reauthenticate),
        timebox=table.seconds("timebox", default.timebox),
        inactivity=table.seconds("inactivity", default.inactivity),
        site_url=table.text("site_url", default.site_url),
        redirects=table.texts("redirects", default.redirects),
    )
