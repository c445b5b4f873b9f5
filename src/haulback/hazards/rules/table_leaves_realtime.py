"""A publication that loses tables: subscribers hear nothing any more, and no error tells them."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node, enum
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("alter_publication_stmt"):
        node = seen.node
        action = enum(node, "action")
        tables = [_shown(one.publication_obj_spec) for one in node.pubobjects]
        if action == "AP_DropObjects" and any(not _is_new(reading, seen, one) for one in tables):
            yield _found(seen, node.pubname, f"{', '.join(tables)} leaves the publication {node.pubname}")
        elif action == "AP_SetObjects":
            told = f"every table but {', '.join(tables)} leaves the publication {node.pubname}"
            yield _found(seen, node.pubname, told)
    for seen in reading.of("drop_stmt"):
        if enum(seen.node, "remove_type") == "OBJECT_PUBLICATION":
            for name in names.words(seen.node.objects):
                yield _found(seen, name, f"every table leaves the publication {name}, which goes")


def _found(seen: Seen, publication: str, told: str) -> Found:
    return Found(
        seen,
        f"{told}: its subscribers hear of no change any more, and get no error",
        subject=publication,
        advice="Deploy clients that no longer subscribe first; name the tables to drop rather than those to keep.",
    )


def _shown(one: Node) -> str:
    if one.HasField("pubtable"):
        return names.relation(one.pubtable.relation)
    return f"every table in the schema {one.name or 'of the search_path'}"


def _is_new(reading: Reading, seen: Seen, table: str) -> bool:
    made = reading.created.get(table)
    return made is not None and made < seen.number and table not in reading.existing


RULE = Rule("table-leaves-realtime", "A table leaves a publication", Family.CLIENTS, Level.WARN, _find)
