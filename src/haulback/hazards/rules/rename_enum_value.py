"""ALTER TYPE ... RENAME VALUE: rows change what they say, and clients do not know the new word."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    for seen in reading.of("alter_enum_stmt"):
        node = seen.node
        name = names.qualified(names.words(node.type_name))
        if node.old_val and not found.made("TYPE", name, before=found.position(seen)):
            yield Found(
                seen,
                f"every row says '{node.new_val}' where it said '{node.old_val}', and clients that write or "
                f"ask for the old value of {name} fail",
                subject=f"{name}.{node.old_val}",
                advice="Add the new value, let clients understand both, and move the rows in a later deployment.",
            )


RULE = Rule("rename-enum-value", "A value of an enum gets another name", Family.CLIENTS, Level.WARN, _find)
