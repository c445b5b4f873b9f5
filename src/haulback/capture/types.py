"""What a change of types means for what is kept of a column, told from schemas alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from haulback.model.schema import ObjectKey, Schema

_BOUND_TO = frozenset({"type", "extension"})
_ROW_TYPED = "table"  # a column elsewhere may be of the type of its rows
_INTEGERS = ("smallint", "integer", "bigint")
_VARYING = re.compile(r"character varying(?:\((\d+)\))?|text")


def kept_as_text(before: Schema, after: Schema, columns: Iterable[ObjectKey]) -> tuple[ObjectKey, ...]:
    """Those of the columns whose type goes or changes: a copy that is made of it would hold it fast, or change, too."""
    going = {
        key
        for key, one in before.objects.items()
        if (key.kind in _BOUND_TO and (key not in after.objects or after.objects[key].definition != one.definition))
        or (key.kind == _ROW_TYPED and key not in after.objects)
    }
    return tuple(column for column in columns if going & _types_of(before, column)) if going else ()


def of_remade_enums(before: Schema, after: Schema) -> tuple[ObjectKey, ...]:
    """Columns of an enum that lost labels, which no ALTER TYPE does: their values were taken over to another type.

    Where a label was only renamed, that is more than needed.
    """
    short = {
        key
        for key, one in before.objects.items()
        if key.kind == "type" and key in after.objects and _labels(before, key) - _labels(after, key)
    }
    if not short:
        return ()
    return tuple(sorted(key for key in before.objects if key.kind == "column" and short & _types_of(before, key)))


def says_the_same(old: str, new: str) -> bool:
    """Whether every value of type `old` is equal to what it becomes in `new`, as the server compares them."""
    if old in _INTEGERS and new in _INTEGERS:
        return _INTEGERS.index(old) <= _INTEGERS.index(new)
    one, other = _VARYING.fullmatch(old), _VARYING.fullmatch(new)
    return bool(one and other and (other[1] is None or (one[1] is not None and int(one[1]) <= int(other[1]))))


def _labels(schema: Schema, key: ObjectKey) -> set[str]:
    facets = schema.objects[key].facets
    return set(facets.get("labels", ())) if facets.get("form") == "enum" else set()


def _types_of(schema: Schema, column: ObjectKey) -> set[ObjectKey]:
    """What a column is made of, whatever lies in between: domains, arrays, composite types."""
    found: set[ObjectKey] = set()
    queue = [column]
    while queue:
        member = schema.objects.get(queue.pop())
        for needed in member.depends - {member.parent} if member else ():
            if needed.kind in {*_BOUND_TO, _ROW_TYPED} and needed not in found:
                found.add(needed)
                if needed.kind in _BOUND_TO:
                    queue.append(needed)
    return found
