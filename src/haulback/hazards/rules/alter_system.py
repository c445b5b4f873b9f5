"""ALTER SYSTEM: a setting of the whole server, beyond any transaction."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.settings import settings
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level

_PROTECTING = frozenset({"fsync", "full_page_writes"})


def _find(reading: Reading) -> Iterator[Found]:
    deadly = {id(one.seen) for one in settings(reading) if one.name in _PROTECTING and one.is_off}
    for seen in reading.of("alter_system_stmt"):
        name = seen.node.setstmt.name or "every setting"
        reset = enum(seen.node.setstmt, "kind") != "VAR_SET_VALUE"
        effect = (
            "a crash then loses or spoils data"
            if id(seen) in deadly
            else "it waits for a reload or restart, needs a superuser, and Haulback does not take it back"
        )
        yield Found(
            seen,
            f"{name} is {'set back' if reset else 'set'} for every database of the server: {effect}",
            subject=name,
            advice="Change the server's configuration where it is kept, or set it for one role or database.",
            level=Level.BLOCK if id(seen) in deadly else Level.WARN,
        )


RULE = Rule("alter-system", "The server's own configuration is changed", Family.SAFETY, Level.WARN, _find)
