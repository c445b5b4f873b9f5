"""pg_terminate_backend and pg_cancel_backend: others lose their work."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts import trees
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_ENDING = {
    "pg_terminate_backend": "sessions of others are ended",
    "pg_cancel_backend": "queries of others are canceled",
}


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("select_stmt", "do_stmt"):
        text = seen.text.lower()
        named = next((one for one in _ENDING if one in text), None)
        called = {trees.called(call) for call in seen.parts("FuncCall")} if named and seen.name == "select_stmt" else ()
        if named and (seen.name == "do_stmt" or named in called):
            yield Found(
                seen,
                f"{_ENDING[named]}: their transactions are rolled back, whatever they were at",
                subject=named,
                advice="Let haulback deploy --cancel-blockers-older-than end only what stands in the way.",
            )


RULE = Rule("ends-sessions", "A migration ends sessions or queries of others", Family.CLIENTS, Level.WARN, _find)
