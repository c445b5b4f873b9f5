"""EXECUTE of a text that is put together: what runs is not in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from haulback.hazards.facts.dynamic import dynamic, languages
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_DESTROYING = re.compile(r"\b(drop|truncate|delete|update|disable|revoke|cascade)\b")
_HARMLESS = re.compile(r"\s*(create|comment|alter|select|notify|analyze|refresh|insert|set|grant)\b")
_LONGEST = 60  # characters of the expression that are shown
_ADVICE = "Write the statements out; where names are found while it runs, read in the rehearsal what ran."


def _find(reading: Reading) -> Iterator[Found]:
    for one in dynamic(reading):
        destroying = sorted(set(_DESTROYING.findall(one.words)))
        shown = " ".join(one.expression.split())
        shown = shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "..."
        known = ", but it may " + " and ".join(destroying) if destroying else ""
        yield Found(
            one.seen,
            f"what `execute {shown}` runs is not in the text{known}",
            advice=_ADVICE,
            level=Level.NOTE if not destroying and _HARMLESS.match(one.words) else Level.WARN,
            place=(one.line, 1),
        )
    for seen, language in languages(reading):
        yield Found(seen, f"nothing here reads {language}: what the block does is not known", advice=_ADVICE)


RULE = Rule("dynamic-sql", "A statement is put together while it runs", Family.DESTROYS, Level.WARN, _find)
