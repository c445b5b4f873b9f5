"""RENAME of a schema: every name in it changes."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.renames import renames
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in renames(reading, "SCHEMA"):
        yield Found(
            one.seen,
            f"clients that know anything of the schema {one.old} break, and so does every search_path that "
            f"names it: it is {one.new} from then on",
            subject=one.old,
            advice="Make the new schema, let views and functions in it stand for the old ones, and move the clients.",
        )


RULE = Rule("rename-schema", "A schema gets another name", Family.CLIENTS, Level.WARN, _find)
