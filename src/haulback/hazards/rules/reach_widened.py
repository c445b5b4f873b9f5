"""The rehearsal tried as anon and as two users, before and after: somebody reaches more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from haulback.hazards import names
from haulback.hazards.facts import grants
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.hazards.wording import listed
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level

_MAY = re.compile(r"(?P<role>\S+) may (?P<command>\w+) every row of ")
_OPENING = {"AT_EnableRowSecurity", "AT_DisableRowSecurity", "AT_NoForceRowSecurity", "AT_ForceRowSecurity"}


def _find(reading: Reading) -> Iterator[Found]:
    rehearsal = reading.known.rehearsal
    first = next(iter(reading.statements), None)
    if rehearsal is None or first is None:
        return
    openings = {table: seen for seen in reading.declared.kept for table in _opened(seen)}
    for table, whats in _by_table(rehearsal.widened).items():
        # It stands at the last statement on who may reach the table; in the last file where none is to be seen.
        place = openings.get(table, first if reading.is_last else None)
        if not any(place is seen for seen in reading.statements):
            continue
        proved = any(sure for _, sure in whats)
        how = "tried on the shadow with rows of two users" if proved else "by its privileges and policies"
        yield Found(
            place or first,
            f"{_told(what for what, _ in whats)} {table} after these migrations, and could not before ({how})",
            subject=table,
            level=Level.BLOCK if proved else Level.WARN,
            advice="Narrow the policy or the grant; accept it for this deployment if everybody is meant to.",
        )


def _by_table(widened: Iterable[tuple[str, bool]]) -> dict[str, list[tuple[str, bool]]]:
    found: dict[str, list[tuple[str, bool]]] = {}
    for what, proved in widened:
        head, _, table = what.rpartition(" ")
        found.setdefault(names.of_catalog(table), []).append((head, proved))
    return found


def _told(whats: Iterable[str]) -> str:
    """Roles and commands together: `anon and authenticated may SELECT and UPDATE every row of`."""
    roles: list[str] = []
    commands: list[str] = []
    others: list[str] = []
    for what in whats:
        may = _MAY.match(what + " ")
        if may:
            roles.append(may["role"])
            commands.append(may["command"])
        else:
            others.append(what)
    together = [f"{listed(roles)} may {listed(commands)} every row of"] if roles else []
    return " and ".join([*others, *together])


def _opened(seen: Seen) -> list[str]:
    """The tables of which a statement says who may reach them."""
    node = seen.node
    match seen.name:
        case "create_policy_stmt" | "alter_policy_stmt":
            return [names.relation(node.table)]
        case "alter_table_stmt":
            subtypes = {enum(one.alter_table_cmd, "subtype") for one in node.cmds}
            return [names.relation(node.relation)] if subtypes & _OPENING else []
        case "grant_stmt":
            on_tables = enum(node, "objtype") == "OBJECT_TABLE" and enum(node, "targtype") == "ACL_TARGET_OBJECT"
            return grants.relations(node) if on_tables else []
        case "drop_stmt" if enum(node, "remove_type") == "OBJECT_POLICY":
            return [names.qualified(names.words(one.list.items)[:-1]) for one in node.objects]
    return []


RULE = Rule(
    "reach-widened",
    "Somebody reaches rows that they could not reach before",
    Family.EXPOSES,
    Level.WARN,
    _find,
    measured=True,
)
