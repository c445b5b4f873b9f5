"""What every kind of object can do, and what most kinds share: owner, comment, grants.

A kind is a query beside its file (`kinds/table.py`, `kinds/table.sql`) and the statements that make, unmake and
alter one object. The query returns, for each object, its address in the catalogs and its facts as JSON. A fact
whose name begins with an underscore is a note: statements may need it, the definition leaves it out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, ClassVar

from haulback import registry
from haulback.model.schema import ObjectKey, SchemaObject
from haulback.pg.catalog import privileges
from haulback.pg.catalog.canonical import retold, settled
from haulback.pg.catalog.majors import as_of
from haulback.pg.catalog.quoting import literal

Facts = Mapping[str, Any]

PACKAGE = "haulback.pg.catalog.kinds"


@dataclass(frozen=True, slots=True)
class Alteration:
    """How one object becomes another in place.

    Attributes:
        statements: run where the object stands in the order of creation.
        rebuild: kinds of dependants that the server wants out of the way meanwhile; all of them if `("*",)`.
        loses_values: whether values of rows are lost or changed on the way.
        first: run before anything is unmade.
        renewed: the object is made anew beside the old one, and what is made of it carried over; see `renewal`.
    """

    statements: tuple[str, ...]
    rebuild: tuple[str, ...] = ()
    loses_values: bool = False
    first: tuple[str, ...] = ()
    renewed: bool = False


class Impossible(Exception):
    """The change cannot be made by statements; the argument is the reason."""


class Kind:
    """One kind of object.

    Attributes:
        id: names the kind in keys, and its query file.
        rank: breaks ties in the order of creation; lower first.
        ranks_by_facts: whether `rank_of` has to be asked.
        noun: how statements name it: `ALTER <noun> <identity>`.
        bears_data: whether dropping one loses rows or values.
        grant_noun: as `noun`, in GRANT; None where nothing can be granted on it.
        expressions: the facts that the server prints from a parsed expression.
    """

    id: ClassVar[str]
    rank: ClassVar[int] = 50
    ranks_by_facts: ClassVar[bool] = False
    noun: ClassVar[str]
    bears_data: ClassVar[bool] = False
    grant_noun: ClassVar[str | None] = None
    expressions: ClassVar[tuple[str, ...]] = ()

    @property
    def query(self) -> str:
        return _query(self.id)

    def bears(self, facts: Facts) -> bool:  # noqa: ARG002 - every kind is asked alike
        """Returns whether dropping the object loses rows or values."""
        return self.bears_data

    def rank_of(self, facts: Facts) -> int:  # noqa: ARG002 - every kind is asked alike
        """Returns the rank of one object."""
        return self.rank

    def name(self, facts: Facts) -> str:
        """Returns how statements name the object, after the noun."""
        return str(facts["identity"])

    def parent(self, facts: Facts) -> ObjectKey | None:
        if "_parent" in facts:
            return ObjectKey(facts["_parent_kind"], facts["_parent"])
        return None

    def make(self, facts: Facts) -> list[str]:
        """Returns what makes the bare object."""
        raise NotImplementedError

    def make_with(self, facts: Facts, columns: Sequence[str]) -> list[str]:
        """Returns what makes the bare object with `columns`, each a clause, in order."""
        raise NotImplementedError

    def finish(self, facts: Facts) -> list[str]:  # noqa: ARG002 - every kind is asked alike
        """Returns what completes a bare object, save owner, comment and grants."""
        return []

    def unmake(self, facts: Facts) -> list[str]:
        return [f"DROP {self.noun} {self.name(facts)}"]

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:  # noqa: ARG002 - every kind is asked alike
        """Returns how to alter the `facets` that differ, or None: unmake the one, make the other.

        Raises:
            Impossible: neither works.
        """
        return None

    def own(self, facts: Facts) -> list[str]:
        return [f"ALTER {self.noun} {self.name(facts)} OWNER TO {facts['owner']}"] if "owner" in facts else []

    def remark(self, facts: Facts) -> list[str]:
        """Returns the COMMENT ON, also where it takes a comment away."""
        text = facts.get("comment")
        return [f"COMMENT ON {self.noun} {self.name(facts)} IS {'NULL' if text is None else literal(text)}"]

    def grant(self, facts: Facts) -> list[str]:
        """Returns the grants on an object that has the server's default."""
        if self.grant_noun is None:
            return []
        return privileges.from_default(
            self.grant_target(facts), facts.get("acl"), facts["_default_acl"], facts["owner"]
        )

    def regrant(self, facts: Facts, granted: Sequence[str]) -> list[str]:
        """Returns the grants anew, whatever the roles in `granted` were given meanwhile."""
        if self.grant_noun is None:
            return []
        entries = _entries(facts)
        target, default = self.grant_target(facts), facts["_default_acl"]
        roles = [*privileges.grantees(default), *privileges.grantees(entries), *granted]
        return [
            *privileges.revoke_all(target, list(dict.fromkeys(roles))),
            *privileges.grants(target, entries, facts["owner"]),
        ]

    def change_grants(self, old: Facts, new: Facts) -> list[str]:
        """Returns what leads from the grants of `old` to those of `new`: the fewest where the owner stays."""
        if self.grant_noun is not None and old["owner"] == new["owner"]:
            target = self.grant_target(new)
            fewest = privileges.difference(target, _entries(old), _entries(new), new["owner"])
            if fewest is not None:
                return fewest
        return self.regrant(new, privileges.grantees(old.get("acl") or ()))

    def grant_target(self, facts: Facts) -> str:
        return f"{self.grant_noun} {self.name(facts)}"

    def create(self, facts: Facts) -> list[str]:
        """Returns everything that makes the object where no default privileges are set."""
        comment = self.remark(facts) if facts.get("comment") is not None else []
        return [*self.make(facts), *self.finish(facts), *self.own(facts), *comment, *self.grant(facts)]

    def alter(self, old: Facts, new: Facts) -> Alteration | None:
        """Returns how `old` becomes `new` in place, or None: unmake the one, make the other.

        Raises:
            Impossible: neither works.
        """
        facets = frozenset(f for f in old.keys() | new.keys() if not f.startswith("_") and old.get(f) != new.get(f))
        own, shared = facets - {"owner", "comment", "acl"}, Alteration(())
        if own:
            changed = self.change(old, {**new, **new.get("_exact", {})}, own)
            if changed is None:
                return None
            shared = changed
        statements = list(shared.statements)
        if "owner" in facets:
            statements += self.own(new)
        if "comment" in facets:
            statements += self.remark(new)
        if facets & {"acl", "owner"}:
            statements += self.change_grants(old, new)
        return replace(shared, statements=tuple(statements))


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """An object without its place among others; one a text, so it is itself that is compared."""

    key: ObjectKey
    definition: str
    notes: str
    create: tuple[str, ...]
    drop: tuple[str, ...]
    parent: ObjectKey | None
    bears_data: bool


@lru_cache(maxsize=65536)
def describe(kind: str, text: str, major: int) -> Description:
    """Returns the object that a kind's query described in `text`, as a server of `major` would.

    Remembered, for most rows come again.
    """
    told = {name: value for name, value in json.loads(text).items() if value is not None}
    facts = as_of(told, major)
    of = kinds()[kind]
    exact = {name: retold(facts[name]) for name in of.expressions if "(ARRAY[" in text and name in facts}
    exact |= {"options": facts["options"]} if "options" in facts else {}
    settled_facts = {**facts, **{name: _settled(name, facts[name]) for name in exact}}
    exact = {name: value for name, value in exact.items() if value != settled_facts[name]}
    return Description(
        key=ObjectKey(kind, facts["identity"]),
        definition=_json({n: v for n, v in settled_facts.items() if not n.startswith("_")}),
        notes=_json({"_exact": exact, **{n: v for n, v in facts.items() if n.startswith("_")}}),
        create=tuple(of.create({**facts, **exact})),
        drop=tuple(of.unmake(facts)),
        parent=of.parent(facts),
        bears_data=of.bears(facts),
    )


def facts_of(member: SchemaObject) -> dict[str, Any]:
    """Returns the facts an object was described from, those that have several forms in the settled one."""
    return {**json.loads(member.definition), **json.loads(member.notes)}


def exact_facts_of(member: SchemaObject) -> dict[str, Any]:
    """Returns the facts in the form that makes the very same object again, to the letter of a dump."""
    facts = facts_of(member)
    return {**facts, **facts.get("_exact", {})}


def _entries(facts: Facts) -> list[str]:
    acl = facts.get("acl")
    return list(facts["_default_acl"] if acl is None else acl)


@cache
def kinds() -> Mapping[str, Kind]:
    """Returns every kind by id."""
    return registry.find(PACKAGE, "catalog_kinds", "KIND")


@cache
def _query(name: str) -> str:
    return files(PACKAGE).joinpath(f"{name}.sql").read_text("utf-8")


def _settled(name: str, value: Any) -> Any:
    return sorted(value) if name == "options" and isinstance(value, list) else settled(value)


_encoder = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _json(facts: Facts) -> str:
    return _encoder.encode(facts)
