"""Operators."""

from __future__ import annotations

from haulback.pg.catalog.kind import Facts, Kind

_PARTS = {
    "left": "LEFTARG = {}",
    "right": "RIGHTARG = {}",
    "commutator": "COMMUTATOR = OPERATOR({})",
    "negator": "NEGATOR = OPERATOR({})",
    "restrict": "RESTRICT = {}",
    "join": "JOIN = {}",
}


class Operator(Kind):
    id = "operator"
    rank = 43
    noun = "OPERATOR"

    def name(self, facts: Facts) -> str:
        return f"{facts['_name']} ({facts.get('left', 'NONE')}, {facts['right']})"

    def make(self, facts: Facts) -> list[str]:
        parts = [f"FUNCTION = {facts['function']}"]
        parts += [word.format(facts[part]) for part, word in _PARTS.items() if part in facts]
        parts += [word for part, word in (("hashes", "HASHES"), ("merges", "MERGES")) if facts[part]]
        return [f"CREATE OPERATOR {facts['_name']} ({', '.join(parts)})"]


KIND = Operator()
