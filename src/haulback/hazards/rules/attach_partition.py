"""ATTACH PARTITION: every row of the new partition is read, unless a validated check says that it belongs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from haulback.hazards import names
from haulback.hazards.facts import constraints
from haulback.hazards.facts.partitions import key
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rewrites import writing
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen, parent, command in reading.altered("AT_AttachPartition"):
        attached = getattr(command, "def").partition_cmd
        partition = names.relation(attached.name)
        columns = key(reading, parent)[1]
        if _has_check(reading, partition, columns):
            continue
        yield Found(
            seen,
            f"nobody reads or writes {partition} until every row is known to belong into {parent};"
            " a default partition there is read as well",
            table=partition,
            advice="Add a check that says the same as the bounds to the partition first, NOT VALID, and validate it"
            " after a commit: then no row is read.",
            rewrite=_by_check(seen, attached, columns),
        )


def _has_check(reading: Reading, partition: str, columns: Sequence[str]) -> bool:
    """Whether a check that reads the columns of the key is validated; what it says only the server can prove."""
    for read in reading.declared.history.checks.get(partition, ()):
        if set(columns) <= set(read):
            return True
    for one in constraints.of_table(reading, partition).values():
        definition = str(one.facets.get("definition", ""))
        if definition.startswith("CHECK") and not definition.endswith("NOT VALID"):
            return all(names.identifier(column) in definition for column in columns)
    return False


def _by_check(seen: Seen, attached: Node, columns: Sequence[str]) -> str:
    says = _bounds(attached.bound, names.identifier(columns[0])) if len(columns) == 1 else ""
    if not says or len(seen.node.cmds) > 1:
        return ""
    table = f"alter table {writing.relation(attached.name)}"
    check = names.identifier(constraints.cut(f"haulback_{attached.name.relname}_bounds"))
    return writing.several(
        f"{table} add constraint {check} check ({says}) not valid",
        "commit",
        f"{table} validate constraint {check}",
        "commit",
        writing.statement(seen.node),
        f"{table} drop constraint {check}",
    )


def _bounds(bound: Node, column: str) -> str:
    """What a row of the partition fulfils; empty where a check cannot say it simply."""
    if bound.is_default:
        return ""
    if bound.strategy == "l":
        return _listed(list(bound.listdatums), column)
    if bound.strategy != "r":
        return ""
    parts = [f"{column} is not null"]
    for operator, datums in ((">=", bound.lowerdatums), ("<", bound.upperdatums)):
        if not datums[0].HasField("column_ref"):  # MINVALUE and MAXVALUE are read as columns
            parts.append(f"{column} {operator} {writing.expression(datums[0])}")
    return " and ".join(parts)


def _listed(values: list[Node], column: str) -> str:
    shown = [writing.expression(one) for one in values]
    if "null" in shown:
        return ""
    return f"{column} is not null and {column} in ({', '.join(shown)})"


RULE = Rule(
    "attach-partition",
    "A partition is attached and every row of it read while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.SCAN,
)
