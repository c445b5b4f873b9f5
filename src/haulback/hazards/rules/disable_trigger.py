"""DISABLE TRIGGER: what it did is done no more; with ALL, foreign keys are not checked either."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node, enum
from haulback.model.hazard import Level

_OFF = ("AT_DisableTrig", "AT_DisableTrigAll", "AT_DisableTrigUser", "AT_EnableReplicaTrig")
_ON = ("AT_EnableTrig", "AT_EnableTrigAll", "AT_EnableTrigUser", "AT_EnableAlwaysTrig")


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    enabled = [(found.position(seen), table, command) for seen, table, command in reading.altered(*_ON)]
    for seen, table, command in reading.altered(*_OFF):
        position = found.position(seen)
        again = any(at > position and of == table and _covers(other, command) for at, of, other in enabled)
        everything = enum(command, "subtype") == "AT_DisableTrigAll"
        what = {
            "AT_DisableTrigAll": "no trigger runs and no foreign key is checked",
            "AT_DisableTrigUser": "no trigger runs",
        }.get(enum(command, "subtype"), f"the trigger {command.name} does not run")
        until = "until it is enabled again, and nobody checks later" if again else "from now on, for everybody"
        yield Found(
            seen,
            f"{what} for writes of {table} {until}",
            subject=table,
            advice=f"Enable it again in the same migration: alter table {table} enable trigger {_named(command)}."
            if not again
            else "See that what the trigger does is done for the rows that are written meanwhile.",
            level=_level(everything=everything, again=again),
        )


def _covers(on: Node, off: Node) -> bool:
    kind, wanted = enum(on, "subtype"), enum(off, "subtype")
    if kind == "AT_EnableTrigAll":
        return True
    if kind == "AT_EnableTrigUser":
        return wanted != "AT_DisableTrigAll"
    return bool(on.name and on.name == off.name)


def _named(command: Node) -> str:
    kind = enum(command, "subtype")
    return {"AT_DisableTrigAll": "all", "AT_DisableTrigUser": "user"}.get(kind, str(command.name))


def _level(*, everything: bool, again: bool) -> Level:
    if again:
        return Level.WARN if everything else Level.NOTE
    return Level.BLOCK if everything else Level.WARN


RULE = Rule("disable-trigger", "Triggers of a table are disabled", Family.SAFETY, Level.WARN, _find)
