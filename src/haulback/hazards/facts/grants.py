"""What a GRANT says: to whom, what, on which objects."""

from __future__ import annotations

from collections.abc import Iterable

from haulback.hazards import names
from haulback.migrations.grammar import Node

WRITES = frozenset({"insert", "update", "delete", "truncate"})
_OF_TABLES = WRITES | {"select", "references", "trigger", "maintain"}


def privileges(grant: Node) -> frozenset[str]:
    """The rights in a grant on tables; those of ALL one by one, rights on single columns included."""
    return frozenset(one.access_priv.priv_name for one in grant.privileges) or _OF_TABLES


def shown(some: Iterable[str]) -> str:
    """The rights for a person: `all rights`, or their names."""
    listed = frozenset(some)
    if listed >= _OF_TABLES - {"maintain"}:
        return "all rights"
    return ", ".join(sorted(listed, key=_ORDER.index))


def relations(grant: Node) -> list[str]:
    """The tables and views of a grant on objects."""
    return [names.relation(one.range_var) for one in grant.objects]


_ORDER = ["select", "insert", "update", "delete", "truncate", "references", "trigger", "maintain"]
