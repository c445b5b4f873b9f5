"""A drop of what is rare: rules, casts, operators, publications and the like."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_ADVICE = "See that nothing uses it any more, or make it again in the same migration."
_ELSEWHERE = frozenset(
    {
        *("TABLE", "COLUMN", "SCHEMA", "TYPE", "DOMAIN", "SEQUENCE", "MATVIEW", "EXTENSION", "VIEW"),
        *("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE", "TRIGGER", "INDEX", "CONSTRAINT", "POLICY"),
    }
)
_EFFECTS = {
    "PUBLICATION": "its subscribers, Realtime among them, hear nothing more",
    "EVENT_TRIGGER": "nothing runs any more when objects change",
    "FOREIGN_TABLE": "whoever reads it breaks; the rows stay where they are",
    "FOREIGN_SERVER": "what it reached is out of reach",
    "RULE": "what it did on a write is done no more",
    "STATISTIC_EXT": "the planner estimates as if columns were unrelated",
}
_WORDS = {"FDW": "foreign data wrapper", "FOREIGN_SERVER": "server", "STATISTIC_EXT": "statistics"}


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    for drop in found.drops:
        if drop.kind in _ELSEWHERE or found.temporary(drop) or found.made_again(drop):
            continue
        what = _WORDS.get(drop.kind, drop.kind.lower().replace("_", " "))
        yield _told(drop.seen, what, drop.signature, _EFFECTS.get(drop.kind, "what uses it breaks"))
    for seen in reading.of("drop_subscription_stmt"):
        effect = "its tables get nothing new, and the slot at the publisher goes"
        yield _told(seen, "subscription", names.dotted(seen.node.subname), effect)
    for seen in reading.of("drop_user_mapping_stmt"):
        effect = "nobody of its role reaches the server, and its password is not kept"
        yield _told(seen, "user mapping for server", names.dotted(seen.node.servername), effect)
    for seen in reading.of("drop_table_space_stmt"):
        yield _told(seen, "tablespace", names.dotted(seen.node.tablespacename), "it must be empty in every database")


def _told(seen: Seen, what: str, name: str, effect: str) -> Found:
    return Found(seen, f"the {what} {name} goes: {effect}", subject=name, advice=_ADVICE)


RULE = Rule(
    "drop-object", "A publication, rule, cast or other rare object is dropped", Family.DESTROYS, Level.WARN, _find
)
