"""A foreign key to auth.users without an action: a user who has rows here cannot be deleted."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import columns
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_USERS = "auth.users"
_REFUSES = frozenset({"a", "r"})  # no action, restrict


def _find(reading: Reading) -> Iterator[Found]:
    for key in columns.foreign_keys(reading):
        if key.target == _USERS and key.on_delete in _REFUSES and key.table not in reading.declared.dropped:
            yield Found(
                key.seen,
                f"a user with a row in {key.table} cannot be deleted: {', '.join(key.columns)} holds on to it",
                subject=f"{key.table}.{names.dotted(*key.columns[:1])}",
                advice="`on delete cascade` deletes the rows along, `on delete set null` keeps them without an owner.",
            )


RULE = Rule("foreign-key-keeps-users", "A foreign key keeps users from being deleted", Family.DESIGN, Level.NOTE, _find)
