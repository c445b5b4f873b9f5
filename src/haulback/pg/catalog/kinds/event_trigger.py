"""Event triggers; made after everything that would fire them."""

from __future__ import annotations

from haulback.pg.catalog.kind import Alteration, Facts, Kind
from haulback.pg.catalog.quoting import literal

_STATES = {"O": "ENABLE", "D": "DISABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}


class EventTrigger(Kind):
    id = "event_trigger"
    rank = 99
    noun = "EVENT TRIGGER"

    def make(self, facts: Facts) -> list[str]:
        tags = f" WHEN TAG IN ({', '.join(map(literal, facts['tags']))})" if facts.get("tags") else ""
        return [
            f"CREATE EVENT TRIGGER {facts['identity']} ON {facts['event']}{tags} EXECUTE FUNCTION {facts['function']}()"
        ]

    def finish(self, facts: Facts) -> list[str]:
        return [] if facts["enabled"] == "O" else [_state(facts)]

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:  # noqa: ARG002 - every kind is asked alike
        return Alteration((_state(new),)) if facets == {"enabled"} else None


def _state(facts: Facts) -> str:
    return f"ALTER EVENT TRIGGER {facts['identity']} {_STATES[facts['enabled']]}"


KIND = EventTrigger()
