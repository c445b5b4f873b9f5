"""Reads the GraphQL schema of each role, and tells where nobody asks GraphQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import psycopg

from haulback.gateway.graphql.printing import printed
from haulback.gateway.graphql.types.reading import privileges
from haulback.gateway.graphql.types.reading import read as read_catalog
from haulback.gateway.graphql.types.schema import RoleSchema
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
    found = {role: privileges(connection, catalog, role) for role in roles}
    return {
        role: tuple(printed(RoleSchema(catalog, allowed)).splitlines())
        for role, allowed in found.items()
        if allowed is not None
    }


def unused(target: Target, *, extension: bool) -> str:
    """Why GraphQL is asked by nobody on a target; empty where it may be.

    Args:
        target: whose API it would be.
        extension: whether its database has pg_graphql.
    """
    if extension or target.embedded:
        return ""
    if not target.api_url:
        return f"GraphQL is not used: the database has no {EXTENSION}, and nobody said where an API is"
    if (urlsplit(target.api_url).hostname or "").endswith(_HOSTED):
        return f"GraphQL is not used: the project has no {EXTENSION}"
    return ""
