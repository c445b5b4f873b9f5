"""Which columns a role may use."""

from __future__ import annotations

from haulback.model.contract import ALL, Columns


def covers(columns: Columns | None, name: str) -> bool:
    """Whether a column is among those; None is no column at all."""
    return columns is not None and (columns == ALL or name in columns)
