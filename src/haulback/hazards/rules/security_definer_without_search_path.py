"""A function that runs as its owner and takes names from the caller's search_path."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts import functions
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

# What an unqualified name means today on a Supabase project, and temporary objects last.
_PIN = "set search_path = public, extensions, pg_temp"


def _find(reading: Reading) -> Iterator[Found]:
    for name, seen in functions.lasting(reading):
        if not functions.is_definer(seen) or functions.pins(seen.node.options):
            continue
        if name in reading.declared.standing.pinned:
            continue
        yield Found(
            seen,
            f"the function {name} runs as its owner and looks names up in the caller's search_path: who can put an "
            "object of that name before yours runs as the owner",
            subject=name,
            rewrite=_pinned(seen),
            advice="Safest is `set search_path = ''` with every name in the body qualified.",
        )


def _pinned(seen: Seen) -> str:
    # A body in standard SQL ends the statement; its names were looked up when it was made.
    return "" if seen.node.HasField("sql_body") else f"{seen.text}\n{_PIN};"


RULE = Rule(
    "security-definer-without-search-path",
    "A function with its owner's rights trusts the caller's search_path",
    Family.EXPOSES,
    Level.WARN,
    _find,
)
