"""GraphQL beside pgbench, on one machine and in one run: the same 10 own rows of events as gateway.py reads by REST.

The floor is that of gateway.py: pgbench with prepared statements and the four round trips of a request that is done the
usual way. wrk makes the requests, over 16 connections, as one of 2,000 users each time.

Needs wrk and PostgreSQL 15's pgbench. HAULBACK_BENCH_SECONDS and HAULBACK_BENCH_TURNS as in gateway.py.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from gateway import FLOOR_READ, LUA, READ, USERS, gateway, pgbench, prepared, token, told, turns, wrk
from haulback.pg.cluster import Running

PATH = "/graphql/v1"
FIELDS = "id event_type value timestamp"
ORDER = "orderBy: [{timestamp: DescNullsLast}]"
ROWS = {
    "query": f"query Mine($n: Int) {{ eventsCollection(first: $n, {ORDER}) {{ edges {{ node {{ {FIELDS} }} }} }} }}"
}
PAGE = {
    "query": f"query Page($n: Int, $filter: eventsFilter) {{ eventsCollection(first: $n, filter: $filter, {ORDER}) {{"
    f" edges {{ cursor node {{ {FIELDS} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
}


def measure(home: Path, folder: Path, running: Running) -> None:
    floor, lua, requests, rest = home / "read.sql", home / "wrk.lua", home / "rows.txt", home / "rest.txt"
    paged = home / "page.txt"
    floor.write_text(FLOOR_READ)
    lua.write_text(LUA)
    tokens = [token(number) for number in range(USERS)]
    rest.write_text("\n".join(tokens))
    rows = json.dumps({**ROWS, "variables": {"n": 10}})
    requests.write_text("\n".join(f"{each} {rows}" for each in tokens))
    page = {**PAGE, "variables": {"n": 10, "filter": {"event_type": {"eq": "app_opened"}}}}
    paged.write_text("\n".join(f"{each} {json.dumps(page)}" for each in tokens))
    with gateway(folder) as (url, _):
        for each in (requests, paged):
            wrk(url, "POST", PATH, each, lua)  # warm
        base, ours, pages, rests = turns(
            lambda: pgbench(running, floor),
            lambda: wrk(url, "POST", PATH, requests, lua),
            lambda: wrk(url, "POST", PATH, paged, lua),
            lambda: wrk(url, "GET", f"/rest/v1/events?{READ}", rest, lua),
        )
        told("GraphQL, 10 own rows", base, ours, "/s", "goal 0.60")
        told("with cursors, next page", base, pages, "/s", "")
        told("REST, for comparison", base, rests, "/s", "")


def main() -> None:
    with prepared() as (home, folder, running):
        measure(home, folder, running)


if __name__ == "__main__":
    sys.exit(main())
