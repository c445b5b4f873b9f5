"""Whether what the target tells of a table still holds when a statement of the file runs."""

from __future__ import annotations

from haulback.hazards import names
from haulback.hazards.facts import trees
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rewrites.known_table import KnownTable, mentions
from haulback.hazards.rewrites.offer import NotOffered
from haulback.migrations.grammar import Node, enum

# What an earlier ALTER TABLE may do without changing how rows are found and what happens to them.
_HARMLESS = frozenset(
    {
        "AT_AddColumn",
        "AT_AddConstraint",
        "AT_AlterColumnType",
        "AT_ColumnDefault",
        "AT_DisableRowSecurity",
        "AT_DropConstraint",
        "AT_DropNotNull",
        "AT_EnableRowSecurity",
        "AT_NoForceRowSecurity",
        "AT_SetNotNull",
        "AT_ValidateConstraint",
    }
)


def require_found(reading: Reading, seen: Seen) -> None:
    """Raises NotOffered where a name without a schema may mean another table than the one in `public`."""
    if seen.node.relation.schemaname:
        return
    for one in reading.statements:
        if one.number < seen.number and "search_path" in one.text.lower():
            raise NotOffered(f"line {one.line} sets the search_path: name the table with its schema")


def require_standing(reading: Reading, seen: Seen, known: KnownTable) -> None:
    """Raises NotOffered where an earlier statement may change the key, or which triggers, rules and rows there are."""
    table = names.of_catalog(known.object.key.identity)
    for one in reading.statements:
        if one.number < seen.number and _changes(one, table, known):
            raise NotOffered(f"line {one.line} changes {table} before")


def _changes(one: Seen, table: str, known: KnownTable) -> bool:
    if not mentions(one.text, names.bare(table)):
        return False
    node = one.node
    if one.name == "alter_table_stmt" and enum(node, "objtype") == "OBJECT_TABLE":
        commands = [each.alter_table_cmd for each in node.cmds]
        return names.relation(node.relation) == table and any(_is_harmful(each, known) for each in commands)
    if one.name == "create_stmt":
        return any(names.relation(each.range_var) == table for each in node.inh_relations)
    return one.name in {"rename_stmt", "rule_stmt", "alter_object_schema_stmt"}


def _is_harmful(command: Node, known: KnownTable) -> bool:
    kind = enum(command, "subtype")
    if kind == "AT_DropColumn":
        return command.name in known.key
    if kind == "AT_DropConstraint":
        return any(
            one.facets["type"] == "p" and names.bare(one.key.identity) == command.name for one in known.of("constraint")
        )
    return kind not in _HARMLESS


def named_in(node: Node, name: str) -> bool:
    """Whether a tree names something so."""
    return any(one.sval == name for one in trees.inside(node, "String")) or any(
        one.name == name for one in trees.inside(node, "AlterTableCmd")
    )


def require_no_domain(reading: Reading, type_: Node) -> None:
    """Raises NotOffered where a new column would be refused as long as it is empty: a domain may be NOT NULL."""
    word = names.words(type_.names)[-1]
    made = {names.words(one.node.domainname)[-1] for one in reading.of("create_domain_stmt")}
    if word in made or is_domain(reading, word):
        raise NotOffered(f"{word} is a domain, which may refuse a column that is empty at first")


def is_domain(reading: Reading, type_: str) -> bool:
    """Whether the target has a domain of that name; in any schema, where none is written."""
    word = (names.parts(type_) or [""])[-1]
    known = catalog(reading.known.schema).by_name.get("type", {}) if reading.known.schema else {}
    return any(names.bare(name) == word and found[0].facets.get("form") == "domain" for name, found in known.items())
