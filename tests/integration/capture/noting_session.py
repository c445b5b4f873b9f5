"""A session whose changes are noted, as the sessions of a deployment are."""

from __future__ import annotations

import psycopg

from haulback.model.deployment import Deployment


def note(connection: psycopg.Connection, deployment: Deployment) -> None:
    """Makes the triggers of a deployment act until the open transaction ends."""
    connection.execute("select pg_catalog.set_config('haulback.noting', %s, true)", [str(deployment.number)])
