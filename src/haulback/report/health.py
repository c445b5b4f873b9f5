"""How the services of an API are, told to a person and to a program."""

from __future__ import annotations

from typing import Any

from haulback.errors import Exit
from haulback.model.health import Health, ServiceHealth, State
from haulback.report.columns import aligned
from haulback.report.plain import clean

_ENDINGS = {State.UP: Exit.DONE, State.DOWN: Exit.ERROR, State.UNKNOWN: Exit.UNVERIFIED}
_NAMES = {"rest": "REST", "graphql": "GraphQL", "realtime": "Realtime"}


def document(found: Health) -> dict[str, Any]:
    """The document of `haulback health`."""
    return {
        "ok": found.state is State.UP,
        "exit": int(ending(found)),
        "target": clean(found.target),
        "state": found.state.value,
        "services": [_service(one) for one in found.services],
    }


def told(found: Health) -> str:
    """A line a service."""
    lines = aligned([(_NAMES[one.service], one.state, _took(one), one.told) for one in found.services], indent="")
    return "\n".join(lines) + "\n"


def ending(found: Health) -> Exit:
    """1 where a service is down, 7 where it could not be asked."""
    return _ENDINGS[found.state]


def _took(one: ServiceHealth) -> str:
    return "" if one.milliseconds is None else f"{one.milliseconds:.1f} ms"


def _service(one: ServiceHealth) -> dict[str, Any]:
    return {
        "service": one.service.value,
        "state": one.state.value,
        "milliseconds": None if one.milliseconds is None else round(one.milliseconds, 3),
        "parts": {name: round(milliseconds, 3) for name, milliseconds in one.parts.items()},
        "told": clean(one.told),
    }
