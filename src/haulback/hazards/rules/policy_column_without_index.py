"""A policy that compares a column which no index leads with: every query reads the whole table."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import expressions, indexes, policies
from haulback.hazards.facts.policies import Policy
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node, enum
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    told: set[tuple[str, str]] = set()
    for policy in policies.lasting(reading):
        if policy.using is None or not policy.strangers or not indexes.are_known(reading, policy.table):
            continue
        for column in _compared(policy):
            if (policy.table, column) in told or indexes.leads(reading, policy.table, [column]):
                continue
            told.add((policy.table, column))
            index = names.identifier(indexes.name(policy.table, [column]))
            yield Found(
                policy.seen,
                f"{policy.shown} compares {column}, which no index leads with: every query reads the whole table",
                subject=f"{policy.table}.{names.dotted(column)}",
                advice=f"`create index {index} on {names.spelled(policy.table)} ({names.identifier(column)})`.",
            )


def _compared(policy: Policy) -> Iterator[str]:
    """The columns of its table that must equal what says who asks."""
    for part in _conjuncts(policy.using):
        node = expressions.bare(part)
        if node.DESCRIPTOR.name != "A_Expr" or names.words(node.name) != ["="]:
            continue
        for side, other in ((node.lexpr, node.rexpr), (node.rexpr, node.lexpr)):
            column = expressions.bare(side)
            asked = any(expressions.called(call) in expressions.PER_QUERY for call in expressions.calls(other))
            if asked and column.DESCRIPTOR.name == "ColumnRef" and column.fields[-1].HasField("string"):
                yield column.fields[-1].string.sval


def _conjuncts(node: Node) -> Iterator[Node]:
    inner = expressions.bare(node)
    if inner.DESCRIPTOR.name == "BoolExpr" and enum(inner, "boolop") == "AND_EXPR":
        for one in inner.args:
            yield from _conjuncts(one)
    else:
        yield inner


RULE = Rule(
    "policy-column-without-index", "A policy asks for a column without an index", Family.DESIGN, Level.NOTE, _find
)
