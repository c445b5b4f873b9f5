"""Rights on everything in a schema: also on what nobody thought of."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import grants, roles
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level

_OBJECTS = {"OBJECT_TABLE": "table and view", "OBJECT_FUNCTION": "function", "OBJECT_ROUTINE": "function"}


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("grant_stmt"):
        node = seen.node
        if not node.is_grant or enum(node, "targtype") != "ACL_TARGET_ALL_IN_SCHEMA":
            continue
        what = _OBJECTS.get(enum(node, "objtype"))
        to = roles.of(node.grantees) & roles.OUTSIDE
        if not (what and to):
            continue
        tables = what != "function"
        given = grants.privileges(node) if tables else frozenset({"execute"})
        rights = grants.shown(given) if tables else "execute"
        for schema in names.words(node.objects):
            yield Found(
                seen,
                f"{roles.shown(to)} gets {rights} on every {what} in the schema {schema}, also where nobody meant it",
                subject=schema,
                advice="Grant on the objects that are meant, by name.",
                level=Level.WARN if given & grants.WRITES or schema not in reading.known.exposed else Level.NOTE,
            )


RULE = Rule("grant-all-in-schema", "Strangers get rights on a whole schema", Family.EXPOSES, Level.WARN, _find)
