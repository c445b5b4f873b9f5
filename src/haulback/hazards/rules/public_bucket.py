"""A bucket whose files everybody can fetch by their address."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import expressions
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level

_BUCKETS = "storage.buckets"


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("insert_stmt", "update_stmt"):
        if names.relation(seen.node.relation) != _BUCKETS:
            continue
        for bucket in _opened(seen.node) if seen.name == "insert_stmt" else _set(seen.node):
            yield Found(
                seen,
                f"whoever knows or guesses an address fetches any file of {bucket}, without a token",
                subject=bucket,
                advice="Keep it private and hand out signed URLs, unless the files are meant for the world.",
            )


def _opened(insert: Node) -> Iterator[str]:
    columns = [one.res_target.name for one in insert.cols]
    select = insert.select_stmt.select_stmt
    if "public" not in columns:
        return
    rows = [one.list.items for one in select.values_lists] or [[one.res_target.val for one in select.target_list]]
    for row in rows:
        given = dict(zip(columns, row, strict=False))
        if "public" in given and expressions.is_true(given["public"]):
            name = expressions.text(given["id"]) if "id" in given else None
            yield f"the bucket {name}" if name else "the bucket"


def _set(update: Node) -> Iterator[str]:
    for one in update.target_list:
        if one.res_target.name == "public" and expressions.is_true(one.res_target.val):
            yield "the buckets that it names" if update.HasField("where_clause") else "every bucket"


RULE = Rule("public-bucket", "A bucket is open to everybody", Family.EXPOSES, Level.NOTE, _find)
