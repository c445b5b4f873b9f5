"""DROP DEFAULT, DROP IDENTITY, DROP EXPRESSION: the server fills a column no more."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.filled import is_filled, is_new_column, may_be_null
from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level

_WHAT = {"AT_ColumnDefault": "default", "AT_DropIdentity": "identity", "AT_DropExpression": "expression"}


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered(*_WHAT):
        if command.HasField("def") or is_new_column(reading, table, command.name, seen):
            continue
        name = f"{table}.{names.dotted(command.name)}"
        if is_filled(reading, table, command.name) or objects(reading).dropped("COLUMN", name):
            continue
        nullable = may_be_null(reading, table, command.name)
        effect = {True: "store null", False: "fail", None: "store null, or fail where it must have a value"}[nullable]
        yield Found(
            seen,
            f"the {_WHAT[enum(command, 'subtype')]} of {name} goes: inserts that leave it out {effect}",
            subject=name,
            advice="See that every client that is deployed writes the column.",
            level=Level.NOTE if nullable else Level.WARN,
        )


RULE = Rule(
    "drop-default",
    "A column is no longer filled by the server",
    Family.CLIENTS,
    Level.WARN,
    _find,
    squawk=("ban-drop-default", "ban-alter-identity", "ban-drop-generated-expression"),
)
