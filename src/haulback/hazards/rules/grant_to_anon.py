"""Rights for those who are not signed in."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts import api, grants, roles
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("grant_stmt"):
        node = seen.node
        to = roles.of(node.grantees) & roles.ANYBODY
        if node.is_grant and to and enum(node, "targtype") == "ACL_TARGET_OBJECT":
            if enum(node, "objtype") == "OBJECT_TABLE":
                yield from _on_tables(reading, seen, to)
            elif enum(node, "objtype") == "OBJECT_SCHEMA":
                yield from _on_schemas(reading, seen, to)


def _on_tables(reading: Reading, seen: Seen, to: frozenset[str]) -> Iterator[Found]:
    given = grants.privileges(seen.node)
    standing = reading.declared.standing
    for table in grants.relations(seen.node):
        if to <= standing.shut.get(table, set()) or table in reading.declared.dropped:
            continue  # a later statement takes it back, or the table goes
        guarded = bool(api.has_row_security(reading, table))
        writes = given & grants.WRITES
        yield Found(
            seen,
            f"{roles.shown(to)} gets {grants.shown(given)} on {table}"
            + (", and policies alone say for which rows" if guarded else ""),
            subject=table,
            advice="Grant what is needed to authenticated; give anon only what a page without a sign-in shows.",
            level=Level.WARN if writes and not guarded and table not in standing.views else Level.NOTE,
        )


def _on_schemas(reading: Reading, seen: Seen, to: frozenset[str]) -> Iterator[Found]:
    given = {one.access_priv.priv_name for one in seen.node.privileges} or {"usage", "create"}
    for one in seen.node.objects:
        schema = one.string.sval
        if "create" in given:
            yield Found(
                seen,
                f"{roles.shown(to)} may make objects in the schema {schema}, which others then take for yours",
                subject=schema,
                advice="Grant usage alone.",
                level=Level.WARN,
            )
        elif schema not in reading.known.exposed:
            yield Found(
                seen,
                f"{roles.shown(to)} gets into the schema {schema}, where only grants and policies guard the rows",
                subject=schema,
                advice="Keep a schema that the API does not serve closed to anon.",
                level=Level.NOTE,
            )


RULE = Rule("grant-to-anon", "Strangers get a right", Family.EXPOSES, Level.NOTE, _find)
