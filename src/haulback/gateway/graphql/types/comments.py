"""What the comments of SQL objects say to GraphQL: `@graphql({"name": "Person"})`.

Source: pg_graphql's docs/configuration.md, computed_fields.md, functions.md and views.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from haulback.gateway.graphql.catalog import DEFAULT_MAX_ROWS

_BEGIN = "@graphql("
_END = ")"
_LARGEST = 2**31 - 1


class BadCommentError(ValueError):
    """A comment addresses GraphQL and cannot be understood."""


@dataclass(frozen=True, slots=True)
class OfSchema:
    """What the comment of a schema says."""

    inflect_names: bool = False
    max_rows: int = DEFAULT_MAX_ROWS
    introspection: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key that the comment of a table or view declares."""

    columns: tuple[str, ...]
    foreign_schema: str
    foreign_table: str
    foreign_columns: tuple[str, ...]
    local_name: str | None = None
    foreign_name: str | None = None


@dataclass(frozen=True, slots=True)
class OfTable:
    """What the comment of a table or view says; max_rows is None where its schema's holds."""

    name: str | None = None
    description: str | None = None
    total_count: bool = False
    aggregate: bool = False
    max_rows: int | None = None
    primary_key: tuple[str, ...] | None = None
    foreign_keys: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class OfMember:
    """What the comment of a column or function says."""

    name: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class OfKey:
    """What the comment of a foreign key says: names for the way back and the way there."""

    local_name: str | None = None
    foreign_name: str | None = None


@dataclass(frozen=True, slots=True)
class OfEnum:
    """What the comment of an enum says: its name, and GraphQL's values by label."""

    name: str | None = None
    mappings: Mapping[str, str] = field(default_factory=dict)


def of_schema(comment: str | None) -> OfSchema:
    """Raises BadCommentError, as all of these do."""
    said = directive(comment)
    return OfSchema(
        inflect_names=said.get("inflect_names") is True,
        max_rows=_rows(said.get("max_rows")) or DEFAULT_MAX_ROWS,
        introspection=said.get("introspection") is True,
    )


def of_table(comment: str | None) -> OfTable:
    said = directive(comment)
    if not said:
        return OfTable()
    return OfTable(
        name=_text(said.get("name")),
        description=_string(said.get("description"), "description"),
        total_count=_enabled(said.get("totalCount")),
        aggregate=_enabled(said.get("aggregate")),
        max_rows=_rows(said.get("max_rows")),
        primary_key=_names(said.get("primary_key_columns"), "primary_key_columns"),
        foreign_keys=tuple(_key(one) for one in _list(said.get("foreign_keys"), "foreign_keys") or ()),
    )


def of_column(comment: str | None) -> OfMember:
    said = directive(comment)
    return OfMember(_text(said.get("name")), _string(said.get("description"), "description"))


def of_function(comment: str | None) -> OfMember:
    said = directive(comment)
    return OfMember(_text(said.get("name")), _text(said.get("description")))


def of_key(comment: str | None) -> OfKey:
    said = directive(comment)
    return OfKey(_text(said.get("local_name")), _text(said.get("foreign_name")))


def of_enum(comment: str | None) -> OfEnum:
    said = directive(comment)
    mappings = said.get("mappings") or {}
    if not isinstance(mappings, dict):
        raise BadCommentError("invalid type: mappings is not an object")
    return OfEnum(
        _text(said.get("name")), {label: _string(value, "mappings") or "" for label, value in mappings.items()}
    )


def directive(comment: str | None) -> Mapping[str, object]:
    """What stands between the first `@graphql(` and the last `)`; nothing where there is none.

    Raises:
        BadCommentError: that is not JSON.
    """
    if comment is None or (begin := comment.find(_BEGIN)) < 0:
        return {}
    text = comment[begin + len(_BEGIN) : max(comment.rfind(_END), 0)]
    if not text:
        return {}
    try:
        said = json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError) as trouble:
        raise BadCommentError(f"invalid input syntax for type json: {text[:80]}") from trouble
    return said if isinstance(said, dict) else {}


def _refused(constant: str) -> object:
    raise BadCommentError(constant)


def _text(value: object) -> str | None:
    """As PostgreSQL's ->> gives it."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _string(value: object, name: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise BadCommentError(f"invalid type: {name} is not a string")


def _enabled(value: object) -> bool:
    return isinstance(value, dict) and _text(value.get("enabled")) == "true"


def _rows(value: object) -> int | None:
    text = _text(value)
    if text is None:
        return None
    try:
        rows = int(text) if len(text) <= len(str(_LARGEST)) + 1 else -1
    except ValueError:
        rows = -1
    if not 0 <= rows <= _LARGEST:
        raise BadCommentError(f"invalid value: max_rows is {text[:80]}")
    return rows


def _list(value: object, name: str) -> Sequence[object] | None:
    if value is None or isinstance(value, list):
        return value
    raise BadCommentError(f"invalid type: {name} is not a list")


def _names(value: object, name: str) -> tuple[str, ...] | None:
    listed = _list(value, name)
    return None if listed is None else tuple(_required(one, name) for one in listed)


def _required(value: object, name: str) -> str:
    text = _string(value, name)
    if text is None:
        raise BadCommentError(f"missing field: {name}")
    return text


def _key(value: object) -> Key:
    if not isinstance(value, dict):
        raise BadCommentError("invalid type: foreign_keys has what is not an object")
    columns, foreign = (_names(value.get(name), name) for name in ("local_columns", "foreign_columns"))
    if columns is None or foreign is None:
        raise BadCommentError("missing field: local_columns and foreign_columns")
    return Key(
        columns=columns,
        foreign_schema=_required(value.get("foreign_schema"), "foreign_schema"),
        foreign_table=_required(value.get("foreign_table"), "foreign_table"),
        foreign_columns=foreign,
        local_name=_string(value.get("local_name"), "local_name"),
        foreign_name=_string(value.get("foreign_name"), "foreign_name"),
    )
