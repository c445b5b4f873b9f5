"""A policy as its statements say it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from haulback.hazards import names
from haulback.hazards.facts import roles
from haulback.hazards.reading import Reading, Seen
from haulback.migrations.grammar import Node

COMMANDS = ("select", "insert", "update", "delete")


@dataclass(frozen=True)
class Policy:
    """One policy.

    Attributes:
        table: as `names.relation` writes it.
        command: `select`, `insert`, `update`, `delete` or `all`.
        roles: for whom; `public` for everybody.
        permissive: whether it lets in; a restrictive one only keeps out.
        using, check: the trees of the conditions; None where there is none.
        seen: the statement that says so last.
    """

    name: str
    table: str
    command: str
    roles: frozenset[str]
    permissive: bool
    using: Node | None = field(repr=False, compare=False)
    check: Node | None = field(repr=False, compare=False)
    seen: Seen = field(repr=False, compare=False)

    @property
    def conditions(self) -> tuple[Node, ...]:
        return tuple(one for one in (self.using, self.check) if one is not None)

    @property
    def commands(self) -> frozenset[str]:
        return frozenset(COMMANDS if self.command == "all" else (self.command,))

    @property
    def strangers(self) -> frozenset[str]:
        """Those of its roles that somebody outside takes on."""
        return self.roles & roles.OUTSIDE

    @property
    def shown(self) -> str:
        return f"the policy {names.identifier(self.name)} of {self.table}"


def created(seen: Seen) -> Policy:
    """What CREATE POLICY makes."""
    node = seen.node
    return Policy(
        name=node.policy_name,
        table=names.relation(node.table),
        command=node.cmd_name or "all",
        roles=roles.of(node.roles) or frozenset({"public"}),
        permissive=node.permissive,
        using=node.qual if node.HasField("qual") else None,
        check=node.with_check if node.HasField("with_check") else None,
        seen=seen,
    )


def altered(policy: Policy | None, seen: Seen) -> Policy:
    """What ALTER POLICY leaves; of a policy that was made elsewhere only what the statement says is known."""
    node = seen.node
    if policy is None:
        policy = Policy(
            node.policy_name, names.relation(node.table), "all", frozenset(), permissive=True, using=None, check=None,
            seen=seen,
        )  # fmt: skip
    return replace(
        policy,
        roles=roles.of(node.roles) or policy.roles,
        using=node.qual if node.HasField("qual") else policy.using,
        check=node.with_check if node.HasField("with_check") else policy.check,
        seen=seen,
    )


def lasting(reading: Reading) -> Iterator[Policy]:
    """The policies that this file has the last word on."""
    standing = reading.declared.standing.policies
    for seen in reading.of("create_policy_stmt", "alter_policy_stmt"):
        policy = standing.get((names.relation(seen.node.table), seen.node.policy_name))
        if policy is not None and policy.seen is seen:
            yield policy
