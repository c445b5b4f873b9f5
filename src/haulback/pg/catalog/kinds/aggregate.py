"""Aggregates, ordinary, ordered-set and hypothetical."""

from __future__ import annotations

from haulback.pg.catalog.kind import Facts, Kind
from haulback.pg.catalog.quoting import literal

_PARTS = {
    "space": "SSPACE",
    "final": "FINALFUNC",
    "combine": "COMBINEFUNC",
    "serial": "SERIALFUNC",
    "deserial": "DESERIALFUNC",
    "moving_transition": "MSFUNC",
    "moving_inverse": "MINVFUNC",
    "moving_state": "MSTYPE",
    "moving_space": "MSSPACE",
    "moving_final": "MFINALFUNC",
}
_MODIFY = {"r": "READ_ONLY", "s": "SHAREABLE", "w": "READ_WRITE"}
_PARALLEL = {"s": "SAFE", "r": "RESTRICTED", "u": "UNSAFE"}


class Aggregate(Kind):
    id = "aggregate"
    rank = 42
    noun = "AGGREGATE"
    grant_noun = "ROUTINE"

    def name(self, facts: Facts) -> str:
        arguments = facts["arguments"] or "*"
        return f"{facts['_name']}({arguments})"

    def grant_target(self, facts: Facts) -> str:
        return f"ROUTINE {facts['identity']}"

    def make(self, facts: Facts) -> list[str]:
        parts = [f"SFUNC = {facts['transition']}", f"STYPE = {facts['state']}"]
        parts += [f"{word} = {facts[part]}" for part, word in _PARTS.items() if part in facts]
        parts += [f"FINALFUNC_MODIFY = {_MODIFY[facts['final_modify']]}"] if "final" in facts else []
        if "moving_final" in facts:
            parts.append(f"MFINALFUNC_MODIFY = {_MODIFY[facts['moving_final_modify']]}")
        parts += ["FINALFUNC_EXTRA"] if facts["final_extra"] else []
        parts += ["MFINALFUNC_EXTRA"] if facts["moving_final_extra"] else []
        parts += [f"INITCOND = {literal(facts['initial'])}"] if "initial" in facts else []
        parts += [f"MINITCOND = {literal(facts['moving_initial'])}"] if "moving_initial" in facts else []
        parts += [f"SORTOP = OPERATOR({facts['sort']})"] if "sort" in facts else []
        parts += ["HYPOTHETICAL"] if facts["form"] == "h" else []
        parts.append(f"PARALLEL = {_PARALLEL[facts['parallel']]}")
        return [f"CREATE AGGREGATE {self.name(facts)} ({', '.join(parts)})"]


KIND = Aggregate()
