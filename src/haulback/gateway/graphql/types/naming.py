"""How SQL's names become GraphQL's: as they are, or inflected from snake_case where the schema's comment says so."""

from __future__ import annotations

import re
from collections.abc import Sequence

_VALID = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*")


def valid(name: str) -> bool:
    """Whether GraphQL can write it and does not keep it for itself, as what begins with two underscores."""
    return _VALID.fullmatch(name) is not None


def inflected(name: str) -> str:
    """`blog_post` as `BlogPost`: each letter after none is raised, and underscores are gone."""
    pairs = zip(f"+{name}", name, strict=False)
    return "".join(letter if before.isalnum() else letter.upper() for before, letter in pairs).replace("_", "")


def lowered(name: str) -> str:
    """With a small first letter."""
    return name[:1].lower() + name[1:]


def type_name(name: str, said: str | None, *, inflect: bool) -> str:
    """Of a table or enum; what a comment said is taken as it is."""
    if said is not None:
        return said
    return inflected(name) if inflect else name


def column_field(name: str, said: str | None, *, inflect: bool) -> str:
    """Of a column; without inflection with its first letter as it is."""
    if said is not None:
        return said
    return lowered(inflected(name)) if inflect else name


def function_field(name: str, said: str | None, *, inflect: bool) -> str:
    """Of a function: `_full_name` as `fullName`, or as `full_name`."""
    if said is not None:
        return said
    return argument(name.removeprefix("_"), inflect=inflect)


def argument(name: str, *, inflect: bool) -> str:
    """Of a function's parameter."""
    return lowered(type_name(name, None, inflect=inflect))


def to_one_field(columns: Sequence[str], base: str, *, inflect: bool) -> str:
    """Of the way to one row: `owner` of a single column `owner_id` (not inflected `ownerId`), else of the table."""
    suffix = "_id" if inflect else "Id"
    if len(columns) == 1 and columns[0].endswith(suffix):
        return argument(columns[0].removesuffix(suffix), inflect=inflect)
    return lowered(base)


def collection_field(base: str) -> str:
    """Of rows of a table."""
    return f"{lowered(base)}Collection"


def by_primary_key_field(base: str) -> str:
    """Of one row of a table by its key."""
    return f"{lowered(base)}ByPk"
