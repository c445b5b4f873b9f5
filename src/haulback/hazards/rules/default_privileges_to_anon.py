"""Rights for strangers on what is made later."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import grants, roles
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node, enum
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    last = _last_taken(reading)
    for seen in reading.of("alter_default_privileges_stmt"):
        action = seen.node.action
        to = roles.of(action.grantees) & roles.OUTSIDE
        if not action.is_grant or not to or enum(action, "objtype") != "OBJECT_TABLE" or seen.number < last:
            continue
        schemas = _schemas(seen.node)
        # The platform itself opens the schema that it serves; row-level security stands before it.
        usual = bool(schemas) and set(schemas) <= set(reading.known.exposed)
        where = f"in the schema {', '.join(schemas)}" if schemas else "in every schema"
        rights = grants.shown(grants.privileges(action))
        yield Found(
            seen,
            f"{roles.shown(to)} gets {rights} on every table that is made later {where}",
            subject=", ".join(schemas),
            advice="Grant on each table when it is made.",
            level=Level.NOTE if usual else Level.WARN,
        )


def _last_taken(reading: Reading) -> int:
    """The number of the last statement of the file that takes such rights away again."""
    return max(
        (
            seen.number
            for seen in reading.of("alter_default_privileges_stmt")
            if not seen.node.action.is_grant and enum(seen.node.action, "objtype") == "OBJECT_TABLE"
        ),
        default=-1,
    )


def _schemas(node: Node) -> list[str]:
    return [
        name
        for one in node.options
        if one.def_elem.defname == "schemas"
        for name in names.words(one.def_elem.arg.list.items)
    ]


RULE = Rule("default-privileges-to-anon", "Strangers get rights on tables to come", Family.EXPOSES, Level.WARN, _find)
