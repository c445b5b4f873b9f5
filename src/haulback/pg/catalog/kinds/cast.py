"""Casts."""

from __future__ import annotations

from haulback.pg.catalog.kind import Facts, Kind

_METHOD = {"b": "WITHOUT FUNCTION", "i": "WITH INOUT"}
_CONTEXT = {"a": " AS ASSIGNMENT", "i": " AS IMPLICIT", "e": ""}


class Cast(Kind):
    id = "cast"
    rank = 44
    noun = "CAST"

    def make(self, facts: Facts) -> list[str]:
        how = _METHOD.get(facts["method"]) or f"WITH FUNCTION {facts['function']}"
        return [f"CREATE CAST {facts['identity']} {how}{_CONTEXT[facts['context']]}"]


KIND = Cast()
