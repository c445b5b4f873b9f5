"""An extension whose functions and types lie among the project's own, and are served with them."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts import api
from haulback.hazards.facts.standing import options
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

# They bring a schema of their own.
_OWN_SCHEMA = frozenset({"plpgsql", "pg_cron", "pg_net", "pgmq", "pgsodium", "supabase_vault", "pg_graphql", "pgtle"})
# Every Supabase project has them elsewhere from the start: IF NOT EXISTS then makes nothing.
_THERE = frozenset({"pgcrypto", "uuid-ossp", "pg_stat_statements"})


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("create_extension_stmt"):
        node = seen.node
        if node.extname in _OWN_SCHEMA or (node.if_not_exists and node.extname in _THERE):
            continue
        named = options(node.options, "schema")
        schema = named[0].arg.string.sval if named else "public"
        if schema not in reading.known.exposed or not (named or api.is_served(reading)):
            continue
        yield Found(
            seen,
            f"the extension {node.extname} lands in the schema {schema}, and the API serves its functions",
            subject=node.extname,
            rewrite=_elsewhere(seen.text) if not named else "",
            advice="Give it a schema that the API does not serve: `with schema extensions`.",
        )


def _elsewhere(text: str) -> str:
    return f"create schema if not exists extensions;\n{text}\nwith schema extensions;"


RULE = Rule(
    "extension-in-public", "An extension lands in a schema that the API serves", Family.EXPOSES, Level.NOTE, _find
)
