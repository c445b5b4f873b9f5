"""ADD COLUMN with a default that differs from row to row: every row is written anew."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.volatility import volatile
from haulback.hazards.reading import Reading
from haulback.hazards.rewrites import gradual_column
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_AddColumn"):
        definition = getattr(command, "def").column_def
        for one in definition.constraints:
            if enum(one.constraint, "contype") != "CONSTR_DEFAULT":
                continue
            function = volatile(reading, one.constraint.raw_expr)
            if function:
                offer = gradual_column.offer(reading, seen)
                column = f"{table}.{names.dotted(definition.colname)}"
                yield Found(
                    seen,
                    f"{function}() gives every row of {table} a value of its own:"
                    " nobody reads or writes the table until it and its indexes are written anew",
                    table=table,
                    subject=column,
                    advice=offer.told(
                        "The column comes without a value, then its default, then the old rows in batches."
                    ),
                    rewrite=offer.rewrite,
                )


RULE = Rule(
    "volatile-default",
    "A column is added with a default that writes the table anew while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.REWRITE,
    squawk=("adding-field-with-default",),
)
