"""SET NOT NULL: every row is read while nobody gets at the table, unless a validated check says it all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from haulback.hazards import names
from haulback.hazards.facts import constraints
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rewrites import parting, writing
from haulback.hazards.rewrites.known_table import KnownTable
from haulback.hazards.rewrites.parting import Part
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.migrations.grammar import Node, enum
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_SetNotNull", "AT_AddConstraint"):
        column = _scanned(command) if enum(seen.node, "objtype") == "OBJECT_TABLE" else ""
        if column and not _proven(reading, table, column):
            yield Found(
                seen,
                f"nobody reads or writes {table} until every row is known to have a {column}",
                table=table,
                subject=f"{table}.{names.dotted(column)}",
                rewrite=""
                if _alone_of_several(reading, seen, table)
                else parting.parted(seen, partial(_by_check, reading, seen, table)),
            )


def _scanned(command: Node) -> str:
    """The column of SET NOT NULL, or of a NOT NULL constraint as PostgreSQL 18 has them."""
    if enum(command, "subtype") == "AT_SetNotNull":
        return str(command.name)
    constraint = getattr(command, "def").constraint
    if enum(constraint, "contype") == "CONSTR_NOTNULL" and not constraint.skip_validation:
        return names.words(constraint.keys)[0]
    return ""


def _proven(reading: Reading, table: str, column: str) -> bool:
    """Whether the server knows already that there is no null."""
    if (table, column) in reading.declared.history.proven:
        return True
    if reading.known.schema is None:
        return False
    known = catalog(reading.known.schema).one("column", f"{table}.{names.dotted(column)}")
    if known is not None and known.facets.get("not_null") and not known.facets.get("not_null_unchecked"):
        return True
    said = f"CHECK (({names.identifier(column)} IS NOT NULL))"
    return known is not None and any(
        one.facets.get("definition") == said for one in constraints.of_table(reading, table).values()
    )


def _alone_of_several(reading: Reading, seen: Seen, table: str) -> bool:
    """Whether it is for the parent ONLY: a check cannot be added so."""
    schema = reading.known.schema
    found = catalog(schema).one("table", table) if schema is not None else None
    if schema is None or found is None or seen.node.relation.inh:
        return False
    return not KnownTable(schema, found).is_plain


def _by_check(reading: Reading, seen: Seen, table: str, command: Node) -> Part | None:
    """A check stands in until the column is NOT NULL: validating it keeps nobody out."""
    column = _scanned(command)
    if not column or _proven(reading, table, column):
        return None
    ours = constraints.cut(f"haulback_{names.bare(table)}_{column}_not_null")
    if any(names.bare(one) == ours for one in constraints.of_table(reading, table)):
        return None
    check = names.identifier(ours)
    quoted = names.identifier(column)
    table_ = parting.altering(seen)
    return Part(
        (writing.command(f"add constraint {check} check ({quoted} is not null) not valid"),),
        (
            "commit",
            f"{table_} validate constraint {check}",
            "commit",
            parting.alone(seen, command),
            f"{table_} drop constraint {check}",
        ),
    )


RULE = Rule(
    "set-not-null",
    "A column is made NOT NULL and every row read for it while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.SCAN,
    squawk=("adding-not-nullable-field",),
)
