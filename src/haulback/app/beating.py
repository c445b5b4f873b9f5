"""Use case: write the heartbeat of a target, once or again and again."""

from __future__ import annotations

from datetime import datetime

import psycopg

from haulback.app import target as targets
from haulback.clock import Clock
from haulback.errors import HaulbackError
from haulback.journal import heartbeat
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.session import connect

_PATIENCE = "5s"  # the stream goes on meanwhile, and whoever writes a heartbeat has other things to do


class MayNotBeat(HaulbackError):
    template = "the heartbeat of {target} could not be written: {reason}"
    hint_template = "Its role must be able to create the schema haulback, or to write haulback.heartbeat."


def beat(settings: Settings, target: Target, by: str) -> datetime:
    """Writes it now; when that was, by the server's clock.

    Raises:
        ConnectionFailed, EmbeddedDown: the server is not there.
        MayNotBeat: the role may not, or the server does not let it through.
    """
    where = targets.opened(settings, target.name, start=False) if target.embedded else target
    with connect(where, "haulback/heartbeat") as connection:
        try:
            connection.execute("select pg_catalog.set_config('statement_timeout', %s, false)", [_PATIENCE])
            return heartbeat.beat(connection, by)
        except psycopg.Error as failure:
            reason = str(failure).splitlines()[0]
            raise MayNotBeat(target=target.name, reason=reason) from None


class Pulse:
    """Writes it at the interval of a target, from a loop that has other things to do."""

    def __init__(self, settings: Settings, target: Target, by: str, clock: Clock) -> None:
        self._settings, self._target, self._by, self._clock = settings, target, by, clock
        self._next = clock.monotonic()  # not the wall clock: that one may jump

    def look(self) -> str:
        """Writes it where it is time; what kept it from that, else empty."""
        if not self._target.heartbeat or self._clock.monotonic() < self._next:
            return ""
        self._next = self._clock.monotonic() + self._target.heartbeat
        try:
            beat(self._settings, self._target, self._by)
        except HaulbackError as failure:
            return failure.message
        return ""
