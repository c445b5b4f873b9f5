"""A foreign key whose columns no index leads with: deleting one row over there reads all of this table."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import columns, indexes
from haulback.hazards.facts.columns import ForeignKey
from haulback.hazards.facts.ending import ended
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    bare: dict[int, list[ForeignKey]] = {}
    for key in columns.foreign_keys(reading):
        if key.table in reading.declared.dropped or indexes.leads(reading, key.table, key.columns):
            continue
        if not indexes.are_known(reading, key.table) and key.seen.name != "create_stmt" and not _adds(key):
            continue  # an older column may well have an index that nobody told us of
        bare.setdefault(id(key.seen), []).append(key)
    for keys in bare.values():
        rewrite = _rewrite(keys)
        for key in keys:
            yield Found(
                key.seen,
                f"no index of {key.table} leads with {', '.join(key.columns)}: deleting a row of {key.target}, or "
                "changing its key, reads the whole table",
                subject=".".join([key.table, names.dotted(*key.columns[:1])]),
                rewrite=rewrite,
                advice="Columns that are joined want an index besides.",
            )


def _adds(key: ForeignKey) -> bool:
    """Whether the statement itself adds the column: it cannot have an index before."""
    return any(
        getattr(one.alter_table_cmd, "def").column_def.colname in key.columns
        for one in key.seen.node.cmds
        if getattr(one.alter_table_cmd, "def").HasField("column_def")
    )


def _rewrite(keys: list[ForeignKey]) -> str:
    """The statement with an index for each key behind it; on a table that has rows without keeping writers out."""
    seen = keys[0].seen
    how = "create index" if seen.name == "create_stmt" else "create index concurrently"
    made = [
        f"{how} {names.identifier(indexes.name(key.table, key.columns))} on {names.spelled(key.table)} "
        f"({', '.join(names.identifier(one) for one in key.columns)});"
        for key in keys
    ]
    return "\n".join([ended(seen.text), *dict.fromkeys(made)])


RULE = Rule("foreign-key-without-index", "A foreign key has no index", Family.DESIGN, Level.NOTE, _find)
