"""Policies that ask each other in a circle: every query of their tables fails."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names, once
from haulback.hazards.facts import api, expressions, policies, roles
from haulback.hazards.facts.declared import Declared
from haulback.hazards.facts.policies import Policy
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

Asked = dict[str, list[tuple[frozenset[str], frozenset[str]]]]  # by table: for whom, which tables


def _find(reading: Reading) -> Iterator[Found]:
    asked = _asked(reading.declared)
    for policy in policies.lasting(reading):
        circle = _circle(asked, policy)
        if circle and all(api.has_row_security(reading, table) is not False for table in circle):
            way = " and then ".join([*circle[1:], policy.table])
            yield Found(
                policy.seen,
                f"every query of {policy.table} fails with infinite recursion: {policy.shown} reads {way}",
                subject=f"{policy.table}.{names.identifier(policy.name)}",
                advice="Ask in a SECURITY DEFINER function with a search_path of its own: policies do not count there.",
            )


@once.for_each
def _asked(declared: Declared) -> Asked:
    """The tables that the policies for reading each table read themselves."""
    found: Asked = {}
    for policy in declared.standing.policies.values():
        tables = _tables(policy)
        if tables:
            found.setdefault(policy.table, []).append((policy.roles - roles.TRUSTED, tables))
    return found


def _tables(policy: Policy) -> frozenset[str]:
    # What only a restrictive policy asks is not asked where no other lets anybody in.
    if policy.using is None or not policy.permissive or "select" not in policy.commands:
        return frozenset()
    if "from" not in policy.seen.text.lower():
        return frozenset()
    return frozenset(names.relation(one) for one in expressions.relations(policy.using))


def _circle(asked: Asked, policy: Policy) -> tuple[str, ...]:
    """The tables from that of the policy back to it; empty where there is no way back for one and the same role."""
    who = policy.roles - roles.TRUSTED  # they pass by every policy
    open_ways: list[tuple[tuple[str, ...], frozenset[str]]] = []
    if who:
        open_ways += [((policy.table, table), who) for table in sorted(_tables(policy))]
    while open_ways:
        way, who = open_ways.pop()
        if way[-1] == policy.table:
            return way[:-1]
        for whom, tables in asked.get(way[-1], ()):
            both = _both(who, whom)
            if both:
                open_ways += [((*way, table), both) for table in sorted(tables - set(way[1:]))]
    return ()


def _both(who: frozenset[str], whom: frozenset[str]) -> frozenset[str]:
    if "public" in who:
        return whom
    return who if "public" in whom else who & whom


RULE = Rule("policy-recursion", "Policies ask each other in a circle", Family.CLIENTS, Level.BLOCK, _find)
