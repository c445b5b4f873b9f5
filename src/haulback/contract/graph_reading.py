"""Reads the GraphQL schema of each role, and tells where nobody asks GraphQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import psycopg

from haulback.contract.graph_text import lines
from haulback.gateway.graphql.catalog import Privileges
from haulback.gateway.graphql.types.reading import privileges
from haulback.gateway.graphql.types.reading import read as read_catalog
from haulback.gateway.graphql.types.schema import RoleSchema
from haulback.model.api import ApiSettings
from haulback.model.target import Target

EXTENSION = "pg_graphql"
_HOSTED = (".supabase.co", ".supabase.in", ".supabase.red")


def read(
    connection: psycopg.Connection[Any], schemas: Sequence[str], roles: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """The lines of the schema of each role, introspection on or off; none where a comment cannot be understood.

    Raises:
        psycopg.Error: the server is gone, or an object was dropped while it was read.
    """
    catalog = read_catalog(connection, schemas)
    if catalog.trouble:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    made: list[tuple[Privileges, tuple[str, ...]]] = []
    for role in roles:
        allowed = privileges(connection, catalog, role)
        if allowed is None:
            continue
        same = replace(allowed, role="")  # roles mostly may do the same
        text = next((text for known, text in made if known == same), None)
        if text is None:
            text = tuple(lines(RoleSchema(catalog, allowed)))
            made.append((same, text))
        found[role] = text
    return found


def unused(api: ApiSettings, target: Target, *, extension: bool) -> str:
    """Why GraphQL is asked by nobody on a target; empty where it may be.

    Args:
        api: how ours is served.
        target: whose API it would be.
        extension: whether its database has pg_graphql.
    """
    if target.embedded:
        return "" if api.graphql.serve else "GraphQL is not used: api.graphql.serve is false"
    if extension:
        return ""
    if not target.api_url:
        return f"GraphQL is not used: the database has no {EXTENSION}, and nobody said where an API is"
    if (urlsplit(target.api_url).hostname or "").endswith(_HOSTED):
        return f"GraphQL is not used: the project has no {EXTENSION}"
    return ""
