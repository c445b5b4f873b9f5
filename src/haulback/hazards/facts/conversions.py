"""Whether a column changes its type without its table being written anew.

What is told here was seen on PostgreSQL 15 and 18 (tests/integration/hazards/test_lock_facts.py). Types are texts of
`haulback.hazards.facts.column_types`.
"""

from __future__ import annotations

from collections.abc import Callable

from haulback.hazards import names
from haulback.hazards.facts import column_types, trees
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.reading import Reading, Seen
from haulback.migrations.grammar import Node

Limits = tuple[int, ...]


def before(reading: Reading, seen: Seen, table: str, column: str) -> str:
    """The type that a column has when a statement begins, as the files or the target tell; empty where neither does."""
    name = f"{table}.{names.dotted(column)}"
    told = reading.declared.history.type_before(name, seen)
    if told is not None:
        return column_types.of_tree(told)
    known = catalog(reading.known.schema).one("column", name) if reading.known.schema else None
    return column_types.of_catalog(known.facets["type"]) if known else ""


def rewrites(old: str, new: str) -> bool:
    """Whether the change writes the table anew.

    Between timestamp and timestamptz that is so in every time zone but UTC; it counts as so.
    """
    if old == new:
        return False
    if old.endswith("[]") or new.endswith("[]"):
        return True
    (word, limits), (new_word, new_limits) = column_types.split(old), column_types.split(new)
    if word == new_word:
        rule = _WIDER.get(word)
        return rule is None or not rule(limits, new_limits)
    return (word, new_word) not in _BINARY or bool(new_limits)


def cast(using: Node, column: str) -> Node | None:
    """The type that a USING casts its own column to, where it does nothing else."""
    if using.HasField("type_cast") and is_column(using.type_cast.arg, column):
        return using.type_cast.type_name
    return None


def is_column(node: Node, column: str) -> bool:
    """Whether an expression is that column and nothing else."""
    return bool(node.HasField("column_ref")) and trees.columns(node) == [column]


def _no_shorter(old: Limits, new: Limits) -> bool:
    return not new or bool(old and new >= old)


def _no_narrower(old: Limits, new: Limits) -> bool:
    """A numeric: as many digits behind the point, no fewer in all."""
    if not new:
        return True
    if not old:
        return False
    (old_digits, old_scale), (new_digits, new_scale) = ((*one, 0)[:2] for one in (old, new))
    return old_scale == new_scale and new_digits >= old_digits


def _no_coarser(old: Limits, new: Limits) -> bool:
    """Fractions of seconds; all six digits where nothing is said."""
    return (new or _FINEST) >= (old or _FINEST)


_FINEST = (6,)
_WIDER: dict[str, Callable[[Limits, Limits], bool]] = {
    "varchar": _no_shorter,
    "varbit": _no_shorter,
    "numeric": _no_narrower,
    "timestamp": _no_coarser,
    "timestamptz": _no_coarser,
    "time": _no_coarser,
    "timetz": _no_coarser,
}
_BINARY = frozenset(
    {
        ("varchar", "text"),
        ("text", "varchar"),
        ("citext", "text"),
        ("text", "citext"),
        ("citext", "varchar"),
        ("varchar", "citext"),
        ("xml", "text"),
        ("xml", "varchar"),
        ("cidr", "inet"),
        ("bit", "varbit"),
        ("int4", "oid"),
        ("oid", "int4"),
    }
)
