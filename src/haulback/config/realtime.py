"""Reads the table `[api.realtime]`."""

from __future__ import annotations

from haulback.config.reading import Table
from haulback.model.realtime import RealtimeSettings


def read_realtime(table: Table) -> RealtimeSettings:
    """How Realtime is served.

    Raises:
        WrongSetting: as everywhere.
    """
    default = RealtimeSettings()
    return RealtimeSettings(
        serve=table.flag("serve", default=default.serve),
        private_only=table.flag("private_only", default=default.private_only),
        connections=table.whole("connections", default.connections),
        channels=table.whole("channels", default.channels),
        joins=table.whole("joins", default.joins),
        messages=table.whole("messages", default.messages),
        presence_messages=table.whole("presence_messages", default.presence_messages),
        presence_calls=table.whole("presence_calls", default.presence_calls),
        presence_window=table.seconds("presence_window", default.presence_window, smallest=0.1),
        payload=table.size("payload") or default.payload,
        unread=table.size("unread") or default.unread,
        quiet=table.seconds("quiet", default.quiet, smallest=1.0),
    )
