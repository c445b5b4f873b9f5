"""Row-level security policies."""

from __future__ import annotations

from haulback.pg.catalog.kind import Alteration, Facts, Kind

_COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}


class Policy(Kind):
    id = "policy"
    rank = 80
    noun = "POLICY"
    expressions = ("using", "check")

    def name(self, facts: Facts) -> str:
        return f"{facts['_name']} ON {facts['_parent']}"

    def make(self, facts: Facts) -> list[str]:
        words = [f"CREATE POLICY {self.name(facts)}"]
        if not facts["permissive"]:
            words.append("AS RESTRICTIVE")
        words += [f"FOR {_COMMANDS[facts['command']]}", self._clauses(facts)]
        return [" ".join(words)]

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:
        taken_away = any(clause in old and clause not in new for clause in ("using", "check"))
        if facets & {"command", "permissive"} or taken_away:
            return None
        return Alteration((f"ALTER POLICY {self.name(new)} {self._clauses(new)}",))

    def _clauses(self, facts: Facts) -> str:
        clauses = f"TO {', '.join(facts['roles'])}"
        if "using" in facts:
            clauses += f" USING ({facts['using']})"
        if "check" in facts:
            clauses += f" WITH CHECK ({facts['check']})"
        return clauses


KIND = Policy()
