"""A table whose changes Realtime sends to everybody: there is no row-level security to ask."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import api
from haulback.hazards.facts.ending import ended
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level

PUBLICATION = "supabase_realtime"


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("create_publication_stmt", "alter_publication_stmt"):
        node = seen.node
        if node.pubname != PUBLICATION:
            continue
        if node.for_all_tables:
            yield Found(
                seen,
                f"every table joins the publication {PUBLICATION}, also those that are made later",
                subject=PUBLICATION,
                advice="Name the tables that clients subscribe to.",
            )
        if seen.name == "alter_publication_stmt" and enum(node, "action") == "AP_DropObjects":
            continue
        for one in node.pubobjects:
            if not one.publication_obj_spec.HasField("pubtable"):
                continue
            table = names.relation(one.publication_obj_spec.pubtable.relation)
            if api.has_row_security(reading, table) is False and not api.switched_on_elsewhere(reading, table):
                yield Found(
                    seen,
                    f"every change of {table} goes to whoever subscribes: row-level security is off",
                    subject=table,
                    rewrite=f"alter table {names.spelled(table)} enable row level security;\n{ended(seen.text)}",
                    advice="Then write the policies: Realtime sends a change to those who may read the row.",
                )


RULE = Rule(
    "table-joins-realtime", "Realtime sends the changes of a table to everybody", Family.EXPOSES, Level.WARN, _find
)
