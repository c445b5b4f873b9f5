"""What the comments of SQL objects say to GraphQL: `@graphql({"name": "Person"})`.

Source: pg_graphql's docs/configuration.md, computed_fields.md, functions.md and views.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from haulback.gateway.graphql.catalog import DEFAULT_MAX_ROWS

_BEGIN = "@graphql("
_END = ")"
_LARGEST = 2**31 - 1
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,10}\s*", re.ASCII)


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
        description=_string(said.get("description")),
        total_count=_enabled(said.get("totalCount")),
        aggregate=_enabled(said.get("aggregate")),
        max_rows=_rows(said.get("max_rows")),
        primary_key=_names(said.get("primary_key_columns")),
        foreign_keys=tuple(_key(one) for one in _list(said.get("foreign_keys")) or ()),
    )


def of_column(comment: str | None) -> OfMember:
    said = directive(comment)
    return OfMember(_text(said.get("name")), _string(said.get("description")))


def of_function(comment: str | None) -> OfMember:
    said = directive(comment)
    return OfMember(_text(said.get("name")), _text(said.get("description")))


def of_key(comment: str | None) -> OfKey:
    said = directive(comment)
    return OfKey(_text(said.get("local_name")), _text(said.get("foreign_name")))


def of_enum(comment: str | None) -> OfEnum:
    said = directive(comment)
    mappings = said.get("mappings")
    if not isinstance(mappings, dict | None):
        raise _unexpected(mappings, "a map")
    values = {label: _required(value, label) for label, value in (mappings or {}).items()}
    return OfEnum(_text(said.get("name")), values)


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


def _string(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise _unexpected(value, "a string")


def _enabled(value: object) -> bool:
    return isinstance(value, dict) and _text(value.get("enabled")) == "true"


def _rows(value: object) -> int | None:
    text = _text(value)
    if text is None:
        return None
    if not _INTEGER.fullmatch(text) or not -_LARGEST <= int(text) <= _LARGEST:
        raise BadCommentError(f'invalid input syntax for type integer: "{text[:80]}"')
    if int(text) < 0:
        raise BadCommentError(f"invalid value: integer `{int(text)}`, expected u64")
    return int(text)


def _list(value: object) -> Sequence[object] | None:
    if value is None or isinstance(value, list):
        return value
    raise _unexpected(value, "a sequence")


def _names(value: object) -> tuple[str, ...] | None:
    listed = _list(value)
    return None if listed is None else tuple(_required(one, "null") for one in listed)


def _required(value: object, name: str) -> str:
    text = _string(value)
    if text is None:
        raise BadCommentError(f"missing field `{name}`")
    return text


def _key(value: object) -> Key:
    if not isinstance(value, dict):
        raise _unexpected(value, "struct TableDirectiveForeignKey")
    columns, foreign = (_names(value.get(name)) for name in ("local_columns", "foreign_columns"))
    if columns is None or foreign is None:
        raise BadCommentError(f"missing field `{'local' if columns is None else 'foreign'}_columns`")
    return Key(
        columns=columns,
        foreign_schema=_required(value.get("foreign_schema"), "foreign_schema"),
        foreign_table=_required(value.get("foreign_table"), "foreign_table"),
        foreign_columns=foreign,
        local_name=_string(value.get("local_name")),
        foreign_name=_string(value.get("foreign_name")),
    )


# What JSON can be, in the words of pg_graphql's reader of it; a boolean is an int as well.
_KINDS: Sequence[tuple[type, str]] = (
    (bool, "boolean `{}`"),
    (int, "integer `{}`"),
    (float, "floating point `{}`"),
    (str, 'string "{}"'),
    (dict, "map"),
    (list, "sequence"),
    (object, "null"),
)


def _unexpected(value: object, expected: str) -> BadCommentError:
    words = next(words for kind, words in _KINDS if isinstance(value, kind))
    return BadCommentError(f"invalid type: {words.format(_text(value))}, expected {expected}")
