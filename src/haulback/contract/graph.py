"""What changes of the GraphQL schemas that roles see, told once for a column and not for each type that has it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graphql.utilities import BreakingChangeType, DangerousChangeType, SchemaChange, find_schema_changes

from haulback.contract.graph_parts import differing
from haulback.contract.wording import difference, listed
from haulback.model.contract import Concerns, Difference, Severity

PATH: Final = "graphql"  # where names of schemas and tables begin with the schema's
_ROOTS = ("Query", "Mutation")
_SHOWN = 3
# A table's types are called after it, and its root fields hold its name.
_BEHIND = re.compile(
    r"(?:(?:Sum|Avg|Min|Max)?AggregateResult|Aggregate|(?:Insert|Update)Input|(?:Insert|Update|Delete)Response"
    r"|Connection|Edge|Filter|OrderBy)$"
)
_AROUND = re.compile(r"^(?:insertInto|update|deleteFrom)?(?P<name>\w+?)(?:Collection|ByPk)$")
_COORDINATE = re.compile(r"\b([A-Za-z_]\w*)\.([A-Za-z_]\w*)")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SENTENCES = ("Field ", "Argument ", "Enum value ", "An ", "A ")
# What may be left out concerns nobody who does not know it.
_FREE = frozenset(
    {
        DangerousChangeType.OPTIONAL_INPUT_FIELD_ADDED,
        DangerousChangeType.OPTIONAL_ARG_ADDED,
        DangerousChangeType.IMPLEMENTED_INTERFACE_ADDED,
    }
)
_TYPES = frozenset(
    {
        BreakingChangeType.FIELD_CHANGED_KIND,
        BreakingChangeType.ARG_CHANGED_KIND,
        BreakingChangeType.TYPE_CHANGED_KIND,
        BreakingChangeType.IMPLEMENTED_INTERFACE_REMOVED,
    }
)
_WANTED = frozenset({BreakingChangeType.REQUIRED_ARG_ADDED, BreakingChangeType.REQUIRED_INPUT_FIELD_ADDED})


@dataclass(frozen=True, slots=True)
class _Group:
    """What is told in one line: one kind of change of one field, or of all root fields of a table."""

    kind: str
    severity: Severity
    entity: str
    member: str
    roles: tuple[str, ...]


Texts = Mapping[str, Sequence[str]]


def compared(before: Texts, after: Texts) -> Iterator[Difference]:
    """Differences of two offers, each the lines of a schema by role; a role that saw none is not hit."""
    lost = [role for role in before if role not in after]
    if lost:
        told = f"GraphQL answers {listed(lost)} no more"
        yield difference("graphql-gone", Severity.BREAKING, Concerns.REQUESTS, (PATH,), told, lost)
    changes: dict[SchemaChange, set[str]] = defaultdict(set)
    for (was, now), roles in _pairs(before, after).items():
        for change in find_schema_changes(*differing(was, now)):
            changes[change].update(roles)
    groups: dict[_Group, list[SchemaChange]] = defaultdict(list)
    for change, hit in changes.items():
        if group := _group(change, tuple(role for role in before if role in hit)):
            groups[group].append(change)
    yield from (_told(group, members) for group, members in groups.items())


def _pairs(before: Texts, after: Texts) -> dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]]:
    """Roles by what they saw and see: most see the same, and a schema is long."""
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for role, was in before.items():
        if role in after and after[role] != was:
            found[tuple(was), tuple(after[role])].append(role)
    return found


def _group(change: SchemaChange, roles: tuple[str, ...]) -> _Group | None:
    """None for what is told by something else, or tells nobody anything."""
    if change.type is BreakingChangeType.TYPE_REMOVED:
        return _rootless(change, roles)
    place = _COORDINATE.search(change.description)
    severity, kind = _judged(change)
    if place is None:
        return _Group(kind, severity, "", "", roles) if severity is not Severity.COMPATIBLE else None
    type_, member = place.groups()
    if type_ in _ROOTS:
        around = _AROUND.match(member)
        return _Group(kind, severity, around["name"] if around else member, "", roles)
    entity = _BEHIND.sub("", type_)
    return _Group(kind, severity, entity, "" if severity is Severity.COMPATIBLE else member, roles)


def _rootless(change: SchemaChange, roles: tuple[str, ...]) -> _Group | None:
    root = change.description.partition(" ")[0]
    return _Group("graphql-gone", Severity.BREAKING, root, "", roles) if root in _ROOTS else None


def _judged(change: SchemaChange) -> tuple[Severity, str]:
    if isinstance(change.type, DangerousChangeType) and change.type not in _FREE:
        kind = "value-added" if change.type is DangerousChangeType.VALUE_ADDED_TO_ENUM else "default"
        return Severity.RISK, f"graphql-{kind}"
    if not isinstance(change.type, BreakingChangeType):
        return Severity.COMPATIBLE, "graphql-added"
    kind = "type" if change.type in _TYPES else "required" if change.type in _WANTED else "gone"
    return Severity.BREAKING, f"graphql-{kind}"


_RESPONSES = ("graphql-type", "graphql-value-added")


def _told(group: _Group, changes: Sequence[SchemaChange]) -> Difference:
    path = tuple(one for one in (PATH, group.entity, group.member) if one)
    concerns = Concerns.RESPONSES if group.kind in _RESPONSES else Concerns.REQUESTS
    first, *others = sorted(changes, key=lambda one: len(_place(one)))
    told = f"through GraphQL: {_plain(first)}"
    if names := list(dict.fromkeys(_name(one, group) for one in others)):
        more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
        told += f" (also {'of ' if group.member else ''}{listed([*names[:_SHOWN], *more])})"
    return Difference(group.kind, group.severity, concerns, path, told, group.roles, tuple(_snakes(path)))


def _place(change: SchemaChange) -> str:
    found = _COORDINATE.search(change.description)
    return found[0] if found else change.description


def _name(change: SchemaChange, group: _Group) -> str:
    """What tells a change from the others of its group: the type, or the field of a root."""
    type_, _, member = _place(change).partition(".")
    return type_ if group.member else member or type_


def _plain(change: SchemaChange) -> str:
    text = change.description.removesuffix(".")
    return text[:1].lower() + text[1:] if text.startswith(_SENTENCES) else text


def _snakes(path: tuple[str, ...]) -> Iterator[str]:
    """Names as SQL has them where the schema's comment has them inflected."""
    for name in path[1:]:
        snake = _HUMP.sub("_", name).lower()
        if snake != name:
            yield snake
