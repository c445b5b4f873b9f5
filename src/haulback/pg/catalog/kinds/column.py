"""Columns of tables: type, NOT NULL, generated and identity, storage; defaults are a kind of their own."""

from __future__ import annotations

import re
from dataclasses import replace

from haulback.pg.catalog import privileges
from haulback.pg.catalog.kind import Alteration, Facts, Kind
from haulback.pg.catalog.kinds import sequence
from haulback.pg.catalog.kinds.table import change_options
from haulback.pg.catalog.quoting import foreign_options, option_list

_STORAGE = {"p": "PLAIN", "e": "EXTERNAL", "m": "MAIN", "x": "EXTENDED"}
_COMPRESSION = {"p": "pglz", "l": "lz4"}
# Types that the server casts into each other; between others it may know no cast but that of their text.
_TEXTS = frozenset({"text", "character varying", "character", "name", "citext"})
_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision", "money"})
_TIMES = frozenset({"date", "timestamp without time zone", "timestamp with time zone"})
_FAMILIES = (_NUMBERS, _TIMES, frozenset({"json", "jsonb"}), frozenset({"integer", "boolean"}))
_MODIFIER = re.compile(r"\(.*?\)")
_WHEN = {"a": "ALWAYS", "d": "BY DEFAULT"}
# Dependants that the server refuses to keep while a column's type changes; it rebuilds indexes and keys itself.
_HOLD_TYPE = ("default", "view", "materialized_view", "rule", "policy", "trigger", "statistics", "function")


class Column(Kind):
    id = "column"
    rank = 31
    noun = "COLUMN"
    expressions = ("expression",)
    bears_data = True

    def bears(self, facts: Facts) -> bool:
        """What is computed or foreign is derived: dropping it loses nothing."""
        return "generated" not in facts and facts["_parent_kind"] == "table"

    def clause(self, facts: Facts, default: str | None = None) -> str:
        """Returns the column as it stands in CREATE TABLE or ADD COLUMN."""
        words = [facts["_name"], facts["type"]]
        if "foreign_options" in facts:
            words.append(foreign_options(facts["foreign_options"]).strip())
        if "collation" in facts:
            words.append(f"COLLATE {facts['collation']}")
        if default is not None:
            words.append(f"DEFAULT {default}")
        if "generated" in facts:
            stored = "STORED" if facts["generated"] == "s" else "VIRTUAL"
            words.append(f"GENERATED ALWAYS AS ({facts['expression']}) {stored}")
        if "sequence" in facts:  # a partition has none of its own: it is an identity once it is attached
            words.append(_identity(facts))
        if facts["not_null"] and not facts.get("not_null_unchecked"):
            words.append(_not_null(facts))
        return " ".join(words)

    def make(self, facts: Facts) -> list[str]:
        if facts["inherited"]:
            return []
        # Without ONLY: partitions and children inherit it in the same moment, which partitioned tables insist on.
        return [f"{_alter(facts)} ADD COLUMN {self.clause(facts)}"]

    def finish(self, facts: Facts) -> list[str]:
        name, alter = facts["_name"], _alter(facts, only=True)
        statements = []
        if facts["inherited"] and facts["not_null"] and not facts.get("not_null_inherited"):
            statements.append(f"{alter} ALTER COLUMN {name} SET NOT NULL")
        if facts.get("not_null_unchecked"):
            statements.append(f"{alter} ADD {_not_null(facts, named=True)} NOT VALID")
        if "storage" in facts:
            statements.append(f"{alter} ALTER COLUMN {name} SET STORAGE {_STORAGE[facts['storage']]}")
        if "compression" in facts:
            statements.append(f"{alter} ALTER COLUMN {name} SET COMPRESSION {_COMPRESSION[facts['compression']]}")
        if "statistics" in facts:
            statements.append(f"{alter} ALTER COLUMN {name} SET STATISTICS {facts['statistics']}")
        if "options" in facts:
            statements.append(f"{alter} ALTER COLUMN {name} SET ({option_list(facts['options'])})")
        return [*statements, *self.grant_columns(facts, ())]

    def unmake(self, facts: Facts) -> list[str]:
        return [f"{_alter(facts)} DROP COLUMN {facts['_name']}"]

    def grant_columns(self, facts: Facts, before: list[str] | tuple[()]) -> list[str]:
        """Returns the grants on the column, after taking away those of the roles in `before`."""
        target, columns = f"TABLE {facts['_parent']}", f"({facts['_name']})"
        return [
            *privileges.revoke_all(target, privileges.grantees(before), columns=columns),
            *privileges.grants(target, facts.get("acl", ()), None, columns=columns),
        ]

    def regrant(self, facts: Facts, granted: object) -> list[str]:  # noqa: ARG002 - every kind is asked alike
        return []  # by `change`: a column has no default grants and no owner

    def change(self, old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:
        if facets & {"generated", "expression"}:
            return _change_generated(old, new, facets)
        name = new["_name"]
        alter = f"{_alter(new)} ALTER COLUMN {name}"
        statements: list[str] = []
        retyped = facets & {"type", "collation"}
        if retyped and not (old.get("inherited") and new.get("inherited")):  # else it goes with its parent's
            collation = f" COLLATE {new['collation']}" if "collation" in new else ""
            using = f" USING {_cast(name, old['type'], new['type'])}" if "type" in facets else ""
            statements.append(f"{alter} TYPE {new['type']}{collation}{using}")
        nullable, identity = _change_not_null(old, new, facets), _change_identity(alter, old, new, facets)
        # An identity column cannot take nulls: it ceases to be one before, and becomes one after.
        statements += [*nullable, *identity] if "identity_when" in new else [*identity, *nullable]
        if "storage" in facets or (retyped and "storage" in new):
            word = _STORAGE[new["storage"]] if "storage" in new else "DEFAULT"
            statements.append(f"{alter} SET STORAGE {word}")
        if "compression" in facets:
            statements.append(f"{alter} SET COMPRESSION {_COMPRESSION.get(new.get('compression', ''), 'default')}")
        if "statistics" in facets:
            statements.append(f"{alter} SET STATISTICS {new.get('statistics', -1)}")
        if "options" in facets:
            statements += change_options(alter, old, new)
        return Alteration(tuple(statements), _HOLD_TYPE if retyped else (), loses_values="type" in facets)

    def alter(self, old: Facts, new: Facts) -> Alteration | None:
        altered = super().alter(old, new)
        if altered is None or old.get("acl") == new.get("acl"):
            return altered
        grants = self.grant_columns(new, old.get("acl", []))
        return replace(altered, statements=(*altered.statements, *grants))


def _cast(name: str, old: str, new: str) -> str:
    """Returns the column as a value of the new type: by the text of it where the server may know no cast."""
    direct = (
        _base(old) == _base(new)
        or {_base(old), _base(new)} & _TEXTS
        or any({_base(old), _base(new)} <= family for family in _FAMILIES)
    )
    return f"{name}::{new}" if direct else f"{name}::pg_catalog.text::{new}"


def _base(type_: str) -> str:
    return _MODIFIER.sub("", type_)


def _alter(facts: Facts, *, only: bool = False) -> str:
    foreign = "FOREIGN " if facts["_parent_kind"] == "foreign_table" else ""
    return f"ALTER {foreign}TABLE {'ONLY ' if only else ''}{facts['_parent']}"


def _not_null(facts: Facts, *, named: bool = False) -> str:
    words = []
    if name := facts.get("_not_null_name") or facts.get("_not_null_given"):
        # Said even where the server would choose it: next to a table of the same past it would choose another.
        words.append(f"CONSTRAINT {name}")
    words.append(f"NOT NULL {facts['_name']}" if named else "NOT NULL")
    if facts.get("not_null_no_inherit"):
        words.append("NO INHERIT")
    return " ".join(words)


def _identity(facts: Facts) -> str:
    made = facts["sequence"]
    return (
        f"GENERATED {_WHEN[facts['identity_when']]} AS IDENTITY (SEQUENCE NAME {made['name']} {sequence.options(made)})"
    )


def _change_not_null(old: Facts, new: Facts, facets: frozenset[str]) -> list[str]:
    if not facets & {"not_null", "not_null_name", "not_null_no_inherit", "not_null_unchecked"}:
        return []
    if old["not_null"] and new.get("not_null_inherited") and not new.get("not_null_unchecked"):
        return []  # joining its parent merges the two
    if old.get("not_null_inherited") and not new["not_null"]:
        return []  # it goes with its parent's
    if old.get("not_null_inherited") and "_not_null_given" in old and "_not_null_name" in new:
        return _renamed_not_null(new, old["_not_null_given"])  # a partition that is let go keeps it
    both = "_not_null_name" in old and "_not_null_name" in new
    if both and not facets & {"not_null", "not_null_no_inherit", "not_null_unchecked"}:
        return _renamed_not_null(new, old["_not_null_name"])
    column = f"{_alter(new)} ALTER COLUMN {new['_name']}"
    statements = [f"{column} DROP NOT NULL"] if old["not_null"] else []
    if new["not_null"]:
        special = "_not_null_name" in new or "_not_null_given" in new
        unchecked = " NOT VALID" if new.get("not_null_unchecked") else ""
        statements.append(
            f"{_alter(new)} ADD {_not_null(new, named=True)}{unchecked}" if special else f"{column} SET NOT NULL"
        )
    return statements


def _renamed_not_null(facts: Facts, held: str) -> list[str]:
    wanted = facts["_not_null_name"]
    return [f"{_alter(facts)} RENAME CONSTRAINT {held} TO {wanted}"] if held != wanted else []


def _change_identity(alter: str, old: Facts, new: Facts, facets: frozenset[str]) -> list[str]:
    if not facets & {"identity_when", "sequence"}:
        return []
    if "sequence" not in (new if "identity_when" in new else old):
        return []  # a partition's comes and goes with its parent
    if "identity_when" not in new:
        return [f"{alter} DROP IDENTITY"]
    if "identity_when" not in old:
        return [f"{alter} ADD {_identity(new)}"]
    settings = sequence.options(new["sequence"])
    for word in ("START WITH", "INCREMENT BY", "MINVALUE", "MAXVALUE", "CACHE", "NO CYCLE", "CYCLE"):
        settings = settings.replace(f" {word}", f" SET {word}") if f"SET {word}" not in settings else settings
    settings = "SET " + settings.replace("NO SET CYCLE", "NO CYCLE")
    return [f"{alter} SET GENERATED {_WHEN[new['identity_when']]} {settings}"]


def _change_generated(old: Facts, new: Facts, facets: frozenset[str]) -> Alteration | None:
    alter = f"{_alter(new)} ALTER COLUMN {new['_name']}"
    if facets == {"generated", "expression"} and "generated" not in new and old["generated"] == "s":
        return Alteration((f"{alter} DROP EXPRESSION",))
    return None  # what it computes is derived: dropping the column loses nothing


KIND = Column()
