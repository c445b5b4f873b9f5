"""A write to the system catalogs: nothing checks it, and hosted servers refuse it."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level

_ADVICE = {
    "pg_enum": "Make a new enum without the value, move the columns over, and drop the old one.",
    "pg_attribute": "Use alter table: it takes no time where nothing must be checked.",
}


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("insert_stmt", "update_stmt", "delete_stmt"):
        catalog = _catalog(seen.node.relation)
        if catalog:
            yield Found(
                seen,
                f"the statement writes to pg_catalog.{catalog}: only a superuser may, nothing checks what it writes, "
                "and Haulback cannot take it back",
                subject=f"pg_catalog.{catalog}",
                advice=_ADVICE.get(catalog, "Use the statement that is made for it."),
            )


def _catalog(relation: Node) -> str:
    """The name of the catalog; pg_settings is a view that takes updates, as SET does."""
    named = relation.schemaname == "pg_catalog" or (not relation.schemaname and relation.relname.startswith("pg_"))
    return str(relation.relname) if named and relation.relname != "pg_settings" else ""


RULE = Rule("catalog-write", "A system catalog is written to", Family.SAFETY, Level.BLOCK, _find)
