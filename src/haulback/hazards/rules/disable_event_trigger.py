"""ALTER EVENT TRIGGER ... DISABLE: nothing runs any more when objects change."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_OFF = frozenset({"D", "R"})  # R: only in sessions that replicate


def _find(reading: Reading) -> Iterator[Found]:
    last = {seen.node.trigname: seen for seen in reading.of("alter_event_trig_stmt")}
    for seen in reading.of("alter_event_trig_stmt"):
        if seen.node.tgenabled in _OFF:
            again = last[seen.node.trigname].node.tgenabled not in _OFF
            name = names.dotted(seen.node.trigname)
            yield Found(
                seen,
                f"what the event trigger {name} does when objects change is not done "
                + ("until it is enabled again" if again else "from now on"),
                subject=name,
                advice=f"Enable it again in the same migration: alter event trigger {name} enable.",
                level=Level.NOTE if again else Level.WARN,
            )


RULE = Rule("disable-event-trigger", "An event trigger is disabled", Family.SAFETY, Level.WARN, _find)
