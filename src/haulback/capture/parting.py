"""Copies of several columns of which one transaction takes only some away: the others are copied once more.

A copy is finished by the transaction that takes the first of its columns away. Users go on writing the others until
their turn comes, in a later transaction of the file or in a later file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from haulback.capture import live, registry
from haulback.capture.original import original
from haulback.model.capture import Capture, CaptureKind, Keeps, PlannedCopy
from haulback.model.deployment import Deployment
from haulback.pg.queries import queries

_SQL = queries("haulback.capture", "sql/retyping.sql")
_REST = "rest"


def part(connection: psycopg.Connection, deployment: Deployment) -> None:
    """Limits the copies that the open transaction finished to the columns that it took away or changed."""
    for capture in _of_columns(registry.captures(connection, deployment.id)):
        if _REST in capture.detail:
            continue
        was: Mapping[str, Any] = capture.detail["original"]
        now = original(connection, was["oid"])
        left = [one for one in capture.columns if now and _same(was["columns"][one], now["columns"].get(one))]
        gone = [one for one in capture.columns if one not in left]
        changed = [one for one in capture.detail["changed"] if one not in left]
        rest = {
            "columns": left,
            "changed": [one for one in capture.detail["changed"] if one in left],
            "texts": [one for one in capture.detail.get("texts", ()) if one in left],
        }
        # A file may put a column back as it was: then there is nothing to part.
        detail = {_REST: rest, "columns": gone, "changed": changed} if gone and left else {_REST: {"columns": []}}
        connection.execute(_SQL["told"], {"id": capture.id, "detail": Jsonb(detail)})


def rest(connection: psycopg.Connection, deployment: Deployment, waiting: Iterable[PlannedCopy]) -> list[PlannedCopy]:
    """What has to be copied once more, and is not yet under way in `waiting`."""
    captures = registry.captures(connection, deployment.id)
    kept = list(_of_columns(captures))
    under_way = {(one.identity, name) for one in waiting for name in one.columns}
    under_way |= {(capture.identity, name) for capture in kept for name in capture.columns}
    found = []
    for capture in kept:
        told: Mapping[str, Any] = capture.detail.get(_REST, {})
        columns = tuple(one for one in told.get("columns", ()) if (capture.identity, one) not in under_way)
        if columns and live.find(connection, capture.identity) is not None:
            number = sum(one.identity == capture.identity and _is_copy(one) for one in captures)
            changed, texts = (tuple(one for one in told[name] if one in columns) for name in ("changed", "texts"))
            reason = "a later part of the migration drops or changes them"
            found.append(PlannedCopy(capture.identity, columns, reason, changed, texts, number))
            under_way |= {(capture.identity, one) for one in columns}
    return found


def _is_copy(capture: Capture) -> bool:
    kinds = (CaptureKind.COPIED_TABLE, CaptureKind.COPIED_COLUMNS)
    return capture.keeps is Keeps.BEFORE and capture.kind in kinds


def _of_columns(captures: Iterable[Capture]) -> Iterable[Capture]:
    return (one for one in captures if _is_copy(one) and one.kind is CaptureKind.COPIED_COLUMNS)


def _same(was: Mapping[str, Any], now: Mapping[str, Any] | None) -> bool:
    return now is not None and all(was[one] == now[one] for one in ("number", "type", "modifier"))
