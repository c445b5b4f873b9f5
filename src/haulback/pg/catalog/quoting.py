"""Literals for the statements that this room writes.

Names need no quoting here: the catalog queries return them as `quote_ident` wrote them, by the server that knows
its own keywords.
"""

from __future__ import annotations

import re
from collections.abc import Iterable


def literal(value: object) -> str:
    """Returns a string literal that means the same whatever standard_conforming_strings says."""
    text = str(value).replace("'", "''")
    if "\\" in text:
        return "E'" + text.replace("\\", "\\\\") + "'"
    return f"'{text}'"


def option_list(options: Iterable[str]) -> str:
    """Returns `key='value', ...` for entries as the catalogs keep them: `key=value`."""
    return ", ".join(f"{name}={literal(value)}" for name, _, value in (o.partition("=") for o in options))


def foreign_options(options: Iterable[str] | None) -> str:
    """Returns an ` OPTIONS (...)` clause, empty without options."""
    pairs = [o.partition("=") for o in options or ()]
    if not pairs:
        return ""
    return " OPTIONS (" + ", ".join(f'"{name}" {literal(value)}' for name, _, value in pairs) + ")"


def unquoted(name: str) -> str:
    """Returns the name behind what `quote_ident` wrote."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def split_list(value: str) -> list[str]:
    """Returns the elements of a setting that is a list of names, such as search_path."""
    return [unquoted(quoted) or plain for quoted, plain in re.findall(r'("(?:[^"]|"")*")|([^,\s"]+)', value)]
