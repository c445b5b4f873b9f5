"""What differs between two states of a replayed shadow, and whether that counts."""

from __future__ import annotations

import re
from collections import Counter

from haulback.model.schema import Schema, SchemaDifference, compare

_NAMED = 3  # differences told one by one
NOT_DUMPED = frozenset({"role", "membership", "setting", "database"})
_MOMENT = re.compile(r"'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^']*'")
_WORD = re.compile(r"\w+")


def beyond_dump(before: Schema, after: Schema) -> bool:
    """Whether something differs that pg_dump does not write: what is of the cluster or of the database itself."""
    return bool(compare(_not_dumped(before), _not_dumped(after)))


def _not_dumped(schema: Schema) -> Schema:
    return Schema({key: one for key, one in schema.objects.items() if key.kind in NOT_DUMPED}, schema.major)


def in_words(difference: SchemaDifference) -> str:
    """The first few differences, for a person."""
    lines = difference.lines()
    more = f"; {len(lines) - _NAMED} more" if len(lines) > _NAMED else ""
    return "; ".join(lines[:_NAMED]) + more


def same(difference: SchemaDifference, wanted: Schema, found: Schema, *, ordered: bool) -> bool:
    """Whether what changed says the same at another moment and, unless `ordered`, in another order."""
    if difference.created or difference.dropped:
        return False
    pairs = [[timeless(one.objects[key].definition) for one in (wanted, found)] for key in difference.changed]
    if ordered:
        return all(one == other for one, other in pairs)
    return all(Counter(_WORD.findall(one)) == Counter(_WORD.findall(other)) for one, other in pairs)


def timeless(text: str) -> str:
    """Without the moments that a file writes down of itself: the second time is another one."""
    return _MOMENT.sub("", text)
