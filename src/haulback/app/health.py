"""Use case: whether REST, GraphQL and Realtime of a target's API do what they are there for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection

from haulback.app import api_access
from haulback.model.health import Health, Service, ServiceHealth, State
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.verify.api.health import ask

_Ask = Callable[[Service], ServiceHealth]


def check(settings: Settings, target: Target, services: Collection[Service], timeout: float) -> Health:
    """Asks the services at once, and waits no longer than `timeout` seconds for all of them."""
    return Health(target.name, tuple(_answers(_asking(settings, target, timeout), services, timeout)))


def _asking(settings: Settings, target: Target, timeout: float) -> _Ask:
    access = api_access.of(settings, target)
    if access is not None:
        return lambda service: ask(access, service, timeout)
    if target.embedded and settings.api.serve:
        return lambda service: ServiceHealth(service, State.DOWN, "`haulback up` does not serve the API now")
    if target.api_url:
        return lambda service: ServiceHealth(service, State.UNKNOWN, "no schema is exposed (set api.schemas)")
    return lambda service: ServiceHealth(service, State.UNKNOWN, "nobody said where the API is (set api_url)")


def _answers(asking: _Ask, services: Collection[Service], timeout: float) -> list[ServiceHealth]:
    wanted = [one for one in Service if one in services]
    asked = [_Asked(asking, one) for one in wanted]
    until = time.monotonic() + timeout
    for one in asked:
        one.join(max(0.0, until - time.monotonic()))
    return [one.answer(timeout) for one in asked]


class _Asked(threading.Thread):
    """One service. A daemon: what a name server or a peer that says a byte a second keeps busy ends with us."""

    def __init__(self, asking: _Ask, service: Service) -> None:
        super().__init__(daemon=True)
        self._asking, self._service = asking, service
        self._found: ServiceHealth | None = None
        self._bug: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self._found = self._asking(self._service)
        except Exception as bug:  # noqa: BLE001 - raised again by who asks for the answer
            self._bug = bug

    def answer(self, timeout: float) -> ServiceHealth:
        if self._bug is not None:
            raise self._bug
        late = ServiceHealth(self._service, State.DOWN, f"it does not answer within {timeout:g} s")
        return self._found or late
