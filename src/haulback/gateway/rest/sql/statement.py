"""The whole statement of a read, which returns the one row of planned.Row."""

from __future__ import annotations

from enum import StrEnum

from haulback.gateway.rest.compiled import Statement
from haulback.gateway.rest.plan.needs import with_jsonb
from haulback.gateway.rest.plan.node import Node
from haulback.gateway.rest.sql.binder import Binder
from haulback.gateway.rest.sql.reads import count_sql, read_sql

JSON_ARRAY = "coalesce(json_agg(_postgrest_t), '[]')"
_GIVEN_BACK = (
    "nullif(current_setting('response.headers', true), '') AS response_headers, "
    "nullif(current_setting('response.status', true), '') AS response_status"
)


class Count(StrEnum):
    """Which total `Prefer: count=` asks for."""

    EXACT = "exact"
    PLANNED = "planned"
    ESTIMATED = "estimated"


def read_statement(
    node: Node,
    *,
    count: Count | None = None,
    max_rows: int | None = None,
    body: str = JSON_ARRAY,
    with_source: bool = False,
) -> Statement:
    """The main statement of GET and HEAD.

    `body` is an aggregate over `_postgrest_t`, the rows; with_source where it reads them from `pgrst_source` once more,
    for their text form.
    """
    binder = Binder()
    rows = read_sql(with_jsonb(node) if with_source else node, binder)
    total = total_sql(node, count, max_rows, binder)
    source = f"({rows})"
    begin = ""
    if with_source:
        begin, source = f"WITH pgrst_source AS ({rows}) ", "(SELECT * FROM pgrst_source)"
    return Statement(
        f"{begin}SELECT {total} AS total_result_set, pg_catalog.count(*) AS page_total, '' AS header, "
        f"{body} AS body, {_GIVEN_BACK}, '' AS response_inserted FROM {source} _postgrest_t",
        binder.binds,
    )


def total_sql(node: Node, count: Count | None, max_rows: int | None, binder: Binder) -> str:
    """The expression for the total: exact, or estimated as far as it matters whether it is above max_rows."""
    if count is None or count is Count.PLANNED:
        return "NULL::bigint"
    if max_rows is None and node.limit is None and not node.offset:
        return "pg_catalog.count(*)"
    at_most = max_rows + 1 if count is Count.ESTIMATED and max_rows is not None else None
    return f"(SELECT pg_catalog.count(*) FROM ({count_sql(node, binder, at_most=at_most)}) AS pgrst_source_count)"


def estimate_statement(node: Node) -> Statement:
    """The planner's figure for the total."""
    binder = Binder()
    return Statement(f"EXPLAIN (FORMAT JSON) {count_sql(node, binder)}", binder.binds)
