"""RESTART and setval of a sequence: it hands out numbers that rows have already."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import trees
from haulback.hazards.facts.objects import objects
from haulback.hazards.facts.writes import made_here
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    for seen in reading.of("alter_seq_stmt"):
        sequence = names.relation(seen.node.sequence)
        if _restarts(seen.node.options) and not found.made("SEQUENCE", sequence, before=found.position(seen)):
            yield _told(seen, sequence)
    for seen, table, command in reading.altered("AT_SetIdentity"):
        if _restarts(getattr(command, "def").list.items) and not made_here(reading, table, seen):
            yield _told(seen, f"{table}.{names.dotted(command.name)}")
    for seen in reading.of("select_stmt"):
        if "setval" in seen.text.lower():
            for call in seen.parts("FuncCall"):
                if trees.called(call) == "setval" and _is_fixed(call):
                    yield _told(seen, call.args[0].a_const.sval.sval or "a sequence")


def _told(seen: Seen, what: str) -> Found:
    return Found(
        seen,
        f"{what} counts from a fixed number again: where rows have such numbers already, inserts fail or share them",
        subject=what,
        advice="Set it past the highest number there is: select setval('orders_id_seq', (select max(id) from orders)).",
    )


def _restarts(options: Node) -> bool:
    return any(one.def_elem.defname == "restart" for one in options)


def _is_fixed(call: Node) -> bool:
    """Whether the number is written in the file instead of being found in the table."""
    return len(call.args) > 1 and call.args[1].WhichOneof("node") == "a_const"


RULE = Rule("sequence-restart", "A sequence is set to a fixed number", Family.CLIENTS, Level.WARN, _find)
