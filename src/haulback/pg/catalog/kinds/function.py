"""Functions, procedures and window functions."""

from __future__ import annotations

from haulback.pg.catalog.kind import Alteration, Facts, Kind


class Function(Kind):
    id = "function"
    rank = 40
    noun = "ROUTINE"
    grant_noun = "ROUTINE"

    def make(self, facts: Facts) -> list[str]:
        return [facts["definition"].rstrip()]

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:  # noqa: ARG002 - every kind is asked alike
        """Replaces the body in place where the server lets it: same form, same result, same arguments."""
        same = all(old.get(fact) == new.get(fact) for fact in ("form", "_result", "_arguments"))
        return Alteration(tuple(self.make(new))) if same else None


KIND = Function()
