"""A surface as a JSON document that can be committed: the same surface is the same text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any

import msgspec

from haulback.errors import UsageError
from haulback.model.contract import Surface

KIND = "haulback contract"
_VERSION = 1


class NoSnapshot(UsageError):
    template = "{file} is no snapshot of a contract: {problem}"
    hint_template = "`haulback contract snapshot > {file}` writes one."


def to_document(surface: Surface) -> dict[str, Any]:
    """Plain dicts and lists, with a line that says what it is; what is as usual is left out."""
    return {"kind": KIND, "version": _VERSION, **_plain(surface)}


def text(surface: Surface) -> str:
    """The document for a file: a line a column, so that reviews of it read well."""
    return _laid_out(to_document(surface), 0) + "\n"


def of_document(document: object) -> Surface:
    """The surface of a document.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise ValueError("it does not say so")
    if document.get("version") != _VERSION:
        raise ValueError(f"its version is {document.get('version')}, and not {_VERSION}")
    try:
        return msgspec.convert(document, type=Surface)
    except msgspec.ValidationError as wrong:
        raise ValueError(str(wrong)) from wrong


def load(file: Path) -> Surface:
    """The surface of a file.

    Raises:
        NoSnapshot: there is none, or it is not one.
    """
    try:
        return of_document(msgspec.json.decode(file.read_bytes()))
    except OSError as failure:
        raise NoSnapshot(file=file, problem=failure.strerror or str(failure)) from failure
    except (ValueError, RecursionError) as failure:
        raise NoSnapshot(file=file, problem=str(failure)) from failure


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        told = ((one, getattr(value, one.name)) for one in fields(value))
        return {one.name: _plain(field) for one, field in told if field != _usual(one)}
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _usual(one: Field[Any]) -> Any:
    return one.default if one.default_factory is MISSING else one.default_factory()


_DEEP = 4  # tables, table, columns, column: what lies deeper is one line
_SHORT = 12  # words on one line; more are the lines of a schema


def _laid_out(value: Any, depth: int) -> str:
    if not isinstance(value, dict | list) or not value or depth >= _DEEP:
        return json.dumps(value, ensure_ascii=False)
    margin = "  " * (depth + 1)
    if isinstance(value, dict):
        entries = [f"{json.dumps(key, ensure_ascii=False)}: {_laid_out(one, depth + 1)}" for key, one in value.items()]
        opening, closing = "{", "}"
    elif len(value) <= _SHORT and all(isinstance(one, str) for one in value):
        return json.dumps(value, ensure_ascii=False)
    else:
        entries, opening, closing = [_laid_out(one, depth + 1) for one in value], "[", "]"
    return f"{opening}\n" + ",\n".join(f"{margin}{entry}" for entry in entries) + f"\n{'  ' * depth}{closing}"
