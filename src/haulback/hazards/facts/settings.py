"""Settings that a file makes: of its session, or kept for a role, a database or the server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from haulback.hazards import names, once
from haulback.hazards.facts import trees
from haulback.hazards.reading import Reading, Seen
from haulback.migrations.grammar import Node, enum

_OFF = frozenset({"off", "false", "no", "0", "f", "n"})
_ON = frozenset({"on", "true", "yes", "1", "t", "y"})


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting that is given a value.

    Attributes:
        value: lower-case, as one text.
        kept: for whom it is kept, such as `role anon`, `database app`, `the server`; empty for the session.
    """

    seen: Seen
    name: str
    value: str
    kept: str = ""

    @property
    def is_off(self) -> bool:
        return self.value in _OFF

    @property
    def is_on(self) -> bool:
        return self.value in _ON

    @property
    def lasting(self) -> str:
        """How long it holds, for a person."""
        return f"from now on in every session of {self.kept}" if self.kept else "for what follows in this file"


@once.for_each
def settings(reading: Reading) -> tuple[Setting, ...]:
    """The settings of a file, in order of their kinds."""
    return tuple(_all(reading))


def _all(reading: Reading) -> Iterator[Setting]:
    for seen in reading.of("variable_set_stmt"):
        yield from _set(seen, seen.node, "")
    for seen in reading.of("alter_role_set_stmt"):
        kept = f"role {names.dotted(seen.node.role.rolename)}" if seen.node.HasField("role") else "every role"
        yield from _set(seen, seen.node.setstmt, kept)
    for seen in reading.of("alter_database_set_stmt"):
        yield from _set(seen, seen.node.setstmt, f"database {names.dotted(seen.node.dbname)}")
    for seen in reading.of("alter_system_stmt"):
        yield from _set(seen, seen.node.setstmt, "the server")
    for seen in reading.of("select_stmt"):
        if "set_config" in seen.text.lower():
            yield from _configured(seen)


def _set(seen: Seen, node: Node, kept: str) -> Iterator[Setting]:
    if enum(node, "kind") == "VAR_SET_VALUE":
        yield Setting(seen, node.name.lower(), ", ".join(_text(one) for one in node.args).lower(), kept)


def _configured(seen: Seen) -> Iterator[Setting]:
    for call in seen.parts("FuncCall"):
        if trees.called(call) == "set_config" and len(call.args) > 1:
            name, value = (_text(one) for one in call.args[:2])
            if name:
                yield Setting(seen, name.lower(), value.lower())


def _text(node: Node) -> str:
    if not node.HasField("a_const"):
        return ""
    constant = node.a_const
    match constant.WhichOneof("val"):
        case "sval":
            return str(constant.sval.sval)
        case "ival":
            return str(constant.ival.ival)
        case "fval":
            return str(constant.fval.fval)
        case "boolval":
            return "on" if constant.boolval.boolval else "off"
    return ""
