"""Sequences keep their position through the attic: a number once given is never given again."""

from __future__ import annotations

import psycopg
from psycopg import sql

from haulback.capture import live
from haulback.model.capture import Capture


def raise_sequences(connection: psycopg.Connection, capture: Capture) -> tuple[str, ...]:
    """Sets each live sequence of the capture at least to where the kept one stood; names those it moved."""
    raised = []
    for one in capture.detail.get("sequences", ()):
        if not one["is_called"]:
            continue
        parameters = {"table": capture.identity, "column": one.get("column"), "identity": one["identity"]}
        row = connection.execute(live.SQL["sequence"], parameters).fetchone()
        if row is None:
            continue
        schema, name, increment = row
        behind = sql.SQL("<") if increment > 0 else sql.SQL(">")
        moved = connection.execute(
            sql.SQL(
                "select pg_catalog.setval({text}::pg_catalog.regclass, {position}, true) from {name} as s"
                " where s.last_value {behind} {position} or (s.last_value = {position} and not s.is_called)"
            ).format(
                text=sql.Literal(sql.Identifier(schema, name).as_string(connection)),
                name=sql.Identifier(schema, name),
                behind=behind,
                position=sql.Literal(one["last_value"]),
            )
        ).fetchone()
        if moved:
            raised.append(one["identity"])
    return tuple(raised)
