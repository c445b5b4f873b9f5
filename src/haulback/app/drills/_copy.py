"""A database of the private cluster with the schema of a backup, played as the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import psycopg
from psycopg import sql

from haulback.app.drills._scenario import Scene
from haulback.config.policy import default_policy
from haulback.model.backup import TableContent
from haulback.model.target import Environment, Maintenance, Target
from haulback.pg.cluster import SUPERUSER
from haulback.pg.queries import queries

_SQL = queries("haulback.app.drills", "copy.sql")


def leave_alone(connection: psycopg.Connection, tables: Sequence[TableContent]) -> None:
    """Takes the foreign keys away that lead to tables which the backup does not hold: here their rows are missing."""
    held = [one.identity for one in tables]
    for table in tables:
        parameters = {"identity": table.identity, "held": held}
        for (statement,) in connection.execute(_SQL["leading_out"], parameters).fetchall():
            connection.execute(statement.encode())


def as_target(scene: Scene, connection: psycopg.Connection, tables: Sequence[TableContent], name: str) -> Target:
    """The copy as a target, as whoever owns the tables; as a superuser where no single role may do all of it."""
    row = connection.execute(_SQL["owner"], {"identities": [one.identity for one in tables]}).fetchone()
    owner = str(row[0]) if row and row[0] else SUPERUSER
    if owner != SUPERUSER:
        connection.execute(sql.SQL("alter role {} login").format(sql.Identifier(owner)))
        connection.execute(
            sql.SQL("grant create on database {} to {}").format(
                sql.Identifier(connection.info.dbname), sql.Identifier(owner)
            )
        )
    info = connection.info
    return replace(
        scene.target,
        name=name,
        environment=Environment.DEVELOPMENT,
        parameters={"host": info.host, "port": str(info.port), "user": owner, "dbname": info.dbname},
        policy=default_policy(Environment.DEVELOPMENT),
        password=None,
        embedded=False,
        maintenance=Maintenance.OFF,
        approvals=(),
        approvers={},
        staging=None,
    )
