"""Enums, composite types, ranges and domains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from haulback.pg.catalog.kind import Alteration, Facts, Kind
from haulback.pg.catalog.quoting import literal


class Type(Kind):
    id = "type"
    rank = 20
    noun = "TYPE"
    expressions = ("constraints", "default")
    grant_noun = "TYPE"

    def make(self, facts: Facts) -> list[str]:
        match facts["form"]:
            case "enum":
                labels = ", ".join(map(literal, facts.get("labels", ())))
                return [f"CREATE TYPE {facts['identity']} AS ENUM ({labels})"]
            case "composite":
                columns = ", ".join(map(_attribute, facts.get("attributes", ())))
                return [f"CREATE TYPE {facts['identity']} AS ({columns})"]
            case "range":
                return [f"CREATE TYPE {facts['identity']} AS RANGE ({_range(facts['range'])})"]
        # Only a constraint that is added later can be one that earlier values need not hold.
        return [
            _domain(facts),
            *(f"ALTER DOMAIN {facts['identity']} ADD {one}" for one in _constraints(facts, later=True)),
        ]

    def finish(self, facts: Facts) -> list[str]:
        name = facts["identity"]
        remarks = [
            f"COMMENT ON COLUMN {name}.{a['name']} IS {literal(a['comment'])}"
            for a in facts.get("attributes", ())
            if a["comment"] is not None
        ]
        remarks += [
            f"COMMENT ON CONSTRAINT {c['name']} ON DOMAIN {name} IS {literal(c['comment'])}"
            for c in facts.get("constraints", ())
            if c["comment"] is not None
        ]
        return remarks

    def unmake(self, facts: Facts) -> list[str]:
        return [f"DROP {'DOMAIN' if facts['form'] == 'domain' else 'TYPE'} {facts['identity']}"]

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:
        if old["form"] != new["form"]:
            return None
        if old["form"] == "enum":
            return _change_enum(old, new)
        if old["form"] == "domain" and not facets & {"base", "collation"}:
            return Alteration((*_change_domain(old, new, facets), *self.finish(new)))
        if old["form"] == "composite":
            return _change_composite(old, new)
        return None


def _attribute(attribute: dict[str, Any]) -> str:
    collation = f" COLLATE {attribute['collation']}" if attribute["collation"] else ""
    return f"{attribute['name']} {attribute['type']}{collation}"


def _range(parts: dict[str, Any]) -> str:
    words = {
        "subtype": "SUBTYPE",
        "opclass": "SUBTYPE_OPCLASS",
        "collation": "COLLATION",
        "canonical": "CANONICAL",
        "difference": "SUBTYPE_DIFF",
        "multirange": "MULTIRANGE_TYPE_NAME",
    }
    return ", ".join(f"{word} = {parts[part]}" for part, word in words.items() if parts[part])


def _domain(facts: Facts) -> str:
    clauses = [f"CREATE DOMAIN {facts['identity']} AS {facts['base']}"]
    if "collation" in facts:
        clauses.append(f"COLLATE {facts['collation']}")
    if "default" in facts:
        clauses.append(f"DEFAULT {facts['default']}")
    if facts["not_null"]:
        clauses.append("NOT NULL")
    clauses += _constraints(facts, later=False)
    return " ".join(clauses)


def _constraints(facts: Facts, *, later: bool) -> list[str]:
    return [
        f"CONSTRAINT {c['name']} {c['definition']}"
        for c in facts.get("constraints", ())
        if c["definition"].endswith(" NOT VALID") is later
    ]


def _change_enum(old: Facts, new: Facts) -> Alteration | None:
    before, after = old.get("labels", []), new.get("labels", [])
    if before == after:
        return Alteration(())
    if [label for label in after if label in before] == before:
        statements = []
        for place, label in enumerate(after):
            if label not in before:
                where = f" AFTER {literal(after[place - 1])}" if place else f" BEFORE {literal(before[0])}"
                statements.append(f"ALTER TYPE {new['identity']} ADD VALUE {literal(label)}{where}")
        return Alteration(tuple(statements))
    if len(before) == len(after):
        renamed = [(b, a) for b, a in zip(before, after, strict=True) if b != a]
        if not {a for _, a in renamed} & set(before):
            return Alteration(
                tuple(f"ALTER TYPE {new['identity']} RENAME VALUE {literal(b)} TO {literal(a)}" for b, a in renamed)
            )
    return Alteration((), renewed=True)  # no statement takes a value away or moves it


def _change_domain(old: Facts, new: Facts, facets: frozenset[str]) -> list[str]:
    alter = f"ALTER DOMAIN {new['identity']}"
    statements = []
    if "default" in facets:
        statements.append(f"{alter} SET DEFAULT {new['default']}" if "default" in new else f"{alter} DROP DEFAULT")
    if "not_null" in facets:
        statements.append(f"{alter} {'SET' if new['not_null'] else 'DROP'} NOT NULL")
    if "constraints" in facets:
        before = {c["name"]: c["definition"] for c in old.get("constraints", ())}
        after = {c["name"]: c["definition"] for c in new.get("constraints", ())}
        statements += [f"{alter} DROP CONSTRAINT {n}" for n, d in before.items() if after.get(n) != d]
        statements += [f"{alter} ADD CONSTRAINT {n} {d}" for n, d in after.items() if before.get(n) != d]
    return statements


def _renamed(old: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """The attributes that only have another name; none where anything else differs, or a name is still taken."""
    pairs = [(b, a) for b, a in zip(old, new, strict=False) if b["name"] != a["name"]]
    alike = len(old) == len(new) and all({**b, "name": ""} == {**a, "name": ""} for b, a in zip(old, new, strict=False))
    names = {b["name"] for b in old}
    return [(b["name"], a["name"]) for b, a in pairs] if alike and not names & {a["name"] for _, a in pairs} else []


def _change_composite(old: Facts, new: Facts) -> Alteration | None:
    before = {a["name"]: a for a in old.get("attributes", ())}
    after = {a["name"]: a for a in new.get("attributes", ())}
    alter = f"ALTER TYPE {new['identity']}"
    if renamed := _renamed(old.get("attributes", ()), new.get("attributes", ())):
        return Alteration(tuple(f"{alter} RENAME ATTRIBUTE {name} TO {wanted}" for name, wanted in renamed))
    statements = [f"{alter} DROP ATTRIBUTE {n}" for n in before if n not in after]
    statements += [f"{alter} ADD ATTRIBUTE {_attribute(a)}" for n, a in after.items() if n not in before]
    kept = [n for n in before if n in after]
    if [*kept, *(n for n in after if n not in before)] != list(after):
        return None
    for name in kept:
        if (before[name]["type"], before[name]["collation"]) != (after[name]["type"], after[name]["collation"]):
            collation = f" COLLATE {after[name]['collation']}" if after[name]["collation"] else ""
            statements.append(f"{alter} ALTER ATTRIBUTE {name} TYPE {after[name]['type']}{collation}")
        if before[name]["comment"] != after[name]["comment"]:
            text = after[name]["comment"]
            statements.append(
                f"COMMENT ON COLUMN {new['identity']}.{name} IS {'NULL' if text is None else literal(text)}"
            )
    return Alteration(tuple(statements), loses_values=len(kept) < len(before))


KIND = Type()
