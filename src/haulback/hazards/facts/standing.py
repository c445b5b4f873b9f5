"""What stands when all files that are read together have run: the last word on each policy, view and function counts.

A folder of migrations is also its history: a view that a later file makes anew is no hazard any more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from haulback.hazards import names
from haulback.hazards.facts import policies, roles
from haulback.hazards.facts.policies import Policy
from haulback.hazards.reading import Seen
from haulback.migrations.grammar import Node, enum

PolicyKey = tuple[str, str]  # table, name
_ASKS = re.compile(r'\bauth"?\."?(?:uid|jwt|role|email)"?\s*\(', re.IGNORECASE)
_OFF = frozenset({"false", "off", "0", "no"})


@dataclass
class Standing:
    """Filled by `after`, only read afterwards. Every name is one of `names`.

    Attributes:
        tables, views, functions, indexes: the statement that made what stands; functions by name alone, overloads
            listed.
        policies: by table and name.
        indexed: the names of the indexes that each table was given.
        invoker: views that run with the rights of whoever asks.
        pinned: functions whose search_path an ALTER FUNCTION sets.
        shut: the roles that had every right revoked, by relation or function.
        served: whether a grant or policy names the roles of an API, or asks as only one can who is there.
        secured_later: whether a function switches row-level security on, as an event trigger does.
    """

    tables: dict[str, Seen] = field(default_factory=dict)
    views: dict[str, Seen] = field(default_factory=dict)
    functions: dict[str, list[Seen]] = field(default_factory=dict)
    policies: dict[PolicyKey, Policy] = field(default_factory=dict)
    indexes: dict[str, Seen] = field(default_factory=dict)
    indexed: dict[str, set[str]] = field(default_factory=dict)
    invoker: set[str] = field(default_factory=set)
    pinned: set[str] = field(default_factory=set)
    shut: dict[str, set[str]] = field(default_factory=dict)
    shut_functions: dict[str, set[str]] = field(default_factory=dict)
    served: bool = False
    secured_later: bool = False

    @classmethod
    def after(cls, statements: Iterable[Seen]) -> Standing:
        """What is left after statements in their order."""
        standing = cls()
        for seen in statements:
            _READERS[seen.name](standing, seen)
        return standing

    def policies_of(self, table: str) -> Iterator[Policy]:
        """The policies of one table."""
        return iter(self._by_table.get(table, ()))

    @cached_property
    def _by_table(self) -> dict[str, list[Policy]]:
        found: dict[str, list[Policy]] = {}
        for (table, _), one in self.policies.items():
            found.setdefault(table, []).append(one)
        return found

    def is_shut(self, relation: str) -> bool:
        """Whether nobody from outside has a right on it."""
        return {"anon", "authenticated"} <= self.shut.get(relation, set())


def is_on(option: Node) -> bool:
    """Whether an option of a view or table says yes; without a value it does."""
    if not option.HasField("arg"):
        return True
    value = option.arg
    match value.WhichOneof("node"):
        case "string":
            return value.string.sval.lower() not in _OFF
        case "boolean":
            return bool(value.boolean.boolval)
        case "integer":
            return bool(value.integer.ival)
        case "type_name":
            return names.words(value.type_name.names)[-1].lower() not in _OFF
    return True


def function(parts: Iterable[Node]) -> str:
    """The name of a function without its arguments."""
    return names.qualified(names.words(parts))


def options(node: Node, name: str) -> list[Node]:
    """The options of one name of CREATE FUNCTION or VIEW, as DefElems."""
    return [one.def_elem for one in node if one.def_elem.defname == name]


def pins(definitions: Iterable[Node]) -> bool:
    """Whether one of these options sets the search_path."""
    return any(
        one.def_elem.defname == "set"
        and one.def_elem.arg.variable_set_stmt.name == "search_path"
        and enum(one.def_elem.arg.variable_set_stmt, "kind") in {"VAR_SET_VALUE", "VAR_SET_CURRENT"}
        for one in definitions
    )


def body(seen: Seen) -> str:
    """The text of a function's body; empty for one in C or in standard SQL."""
    for one in options(seen.node.options, "as"):
        return one.arg.list.items[0].string.sval if one.arg.list.items else ""
    return ""


def _create(standing: Standing, seen: Seen) -> None:
    table = names.relation(seen.node.relation)
    if not (seen.node.if_not_exists and table in standing.tables):
        standing.tables[table] = seen


def _create_as(standing: Standing, seen: Seen) -> None:
    into = seen.node.into.rel
    kept = standing.views if enum(seen.node, "objtype") == "OBJECT_MATVIEW" else standing.tables
    name = names.relation(into)
    if not (seen.node.if_not_exists and name in kept):
        kept[name] = seen


def _view(standing: Standing, seen: Seen) -> None:
    name = names.relation(seen.node.view)
    standing.views[name] = seen
    standing.invoker.discard(name)  # CREATE OR REPLACE VIEW sets the options anew
    if any(is_on(one) for one in options(seen.node.options, "security_invoker")):
        standing.invoker.add(name)


def _function(standing: Standing, seen: Seen) -> None:
    node = seen.node
    name = function(node.funcname)
    # CREATE OR REPLACE takes the place of the one with the same types, and its SETs are set anew.
    others = [one for one in standing.functions.get(name, []) if _types(one.node) != _types(node)]
    standing.functions[name] = [*others, seen]
    if not others:
        standing.pinned.discard(name)
    if "enable row level security" in seen.text.lower():
        standing.secured_later = True


def _types(node: Node) -> list[tuple[str, ...]]:
    inward = {"FUNC_PARAM_IN", "FUNC_PARAM_INOUT", "FUNC_PARAM_VARIADIC", "FUNC_PARAM_DEFAULT"}
    given = [one.function_parameter for one in node.parameters]
    return [tuple(names.words(one.arg_type.names)) for one in given if enum(one, "mode") in inward]


def _alter_function(standing: Standing, seen: Seen) -> None:
    if pins(seen.node.actions):
        standing.pinned.add(function(seen.node.func.objname))


def _alter(standing: Standing, seen: Seen) -> None:
    relation = names.relation(seen.node.relation)
    for one in seen.node.cmds:
        command = one.alter_table_cmd
        match enum(command, "subtype"):
            case "AT_SetRelOptions" | "AT_ResetRelOptions":
                for option in options(getattr(command, "def").list.items, "security_invoker"):
                    on = enum(command, "subtype") == "AT_SetRelOptions" and is_on(option)
                    (standing.invoker.add if on else standing.invoker.discard)(relation)


def _policy(standing: Standing, seen: Seen) -> None:
    policy = policies.created(seen)
    standing.policies[policy.table, policy.name] = policy
    standing.served = standing.served or bool(policy.roles & roles.SERVED or _ASKS.search(seen.text))


def _alter_policy(standing: Standing, seen: Seen) -> None:
    key = names.relation(seen.node.table), seen.node.policy_name
    standing.policies[key] = policies.altered(standing.policies.get(key), seen)


def _index(standing: Standing, seen: Seen) -> None:
    name = names.dotted(seen.node.relation.schemaname or names.DEFAULT_SCHEMA, seen.node.idxname)
    if seen.node.idxname and not (seen.node.if_not_exists and name in standing.indexes):
        standing.indexes[name] = seen
        standing.indexed.setdefault(names.relation(seen.node.relation), set()).add(name)


def _drop(standing: Standing, seen: Seen) -> None:
    dropped = enum(seen.node, "remove_type")
    for one in seen.node.objects:
        if dropped == "OBJECT_POLICY":
            *table, policy = names.words(one.list.items)
            standing.policies.pop((names.qualified(table), policy), None)
        elif dropped in {"OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE"}:
            standing.functions.pop(function(one.object_with_args.objname), None)
        elif dropped in _KEPT:
            name = names.qualified(names.words(one.list.items))
            getattr(standing, _KEPT[dropped]).pop(name, None)
            if dropped != "OBJECT_INDEX":
                _gone(standing, name)


def _gone(standing: Standing, relation: str) -> None:
    standing.shut.pop(relation, None)
    for key in [key for key in standing.policies if key[0] == relation]:
        del standing.policies[key]
    for name in standing.indexed.pop(relation, ()):
        standing.indexes.pop(name, None)


def _rename(standing: Standing, seen: Seen) -> None:
    node = seen.node
    what = enum(node, "rename_type")
    if what in _KEPT and node.HasField("relation"):
        old = names.relation(node.relation)
        new = names.dotted(names.schema_of(old), node.newname)
        for kept in (standing.tables, standing.views, standing.indexes):
            if old in kept:
                kept[new] = kept.pop(old)
        if old in standing.shut:
            standing.shut[new] = standing.shut.pop(old)
        if old in standing.invoker:
            standing.invoker.add(new)
        for key in [key for key in standing.policies if key[0] == old]:
            standing.policies[new, key[1]] = standing.policies.pop(key)
    elif what == "OBJECT_POLICY":
        table = names.relation(node.relation)
        if (table, node.subname) in standing.policies:
            standing.policies[table, node.newname] = standing.policies.pop((table, node.subname))


def _grant(standing: Standing, seen: Seen) -> None:
    node = seen.node
    to = roles.of(node.grantees)
    standing.served = standing.served or bool(to & roles.SERVED)
    if enum(node, "targtype") != "ACL_TARGET_OBJECT":
        return
    match enum(node, "objtype"):
        case "OBJECT_TABLE":
            relations = [names.relation(one.range_var) for one in node.objects]
            privileges = {one.access_priv.priv_name for one in node.privileges}
            # What is left where only the rights to write are taken away is still open to readers.
            if node.is_grant or not privileges or "select" in privileges:
                _shut(standing.shut, relations, to, opened=node.is_grant)
        case "OBJECT_FUNCTION" | "OBJECT_PROCEDURE" | "OBJECT_ROUTINE":
            functions = [function(one.object_with_args.objname) for one in node.objects]
            _shut(standing.shut_functions, functions, to, opened=node.is_grant)


def _shut(kept: dict[str, set[str]], objects: Iterable[str], to: frozenset[str], *, opened: bool) -> None:
    for one in objects:
        if opened:
            kept.setdefault(one, set()).difference_update({"anon", "authenticated", "public"} if "public" in to else to)
        else:
            kept.setdefault(one, set()).update(to)


_KEPT = {
    "OBJECT_TABLE": "tables",
    "OBJECT_VIEW": "views",
    "OBJECT_MATVIEW": "views",
    "OBJECT_INDEX": "indexes",
}

_READERS: dict[str, Callable[[Standing, Seen], None]] = {
    "create_stmt": _create,
    "create_table_as_stmt": _create_as,
    "view_stmt": _view,
    "create_function_stmt": _function,
    "alter_function_stmt": _alter_function,
    "alter_table_stmt": _alter,
    "create_policy_stmt": _policy,
    "alter_policy_stmt": _alter_policy,
    "index_stmt": _index,
    "drop_stmt": _drop,
    "rename_stmt": _rename,
    "grant_stmt": _grant,
}
KINDS = frozenset(_READERS)
