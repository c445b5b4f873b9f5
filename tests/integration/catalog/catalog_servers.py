"""How the tests reach a server besides the fixtures."""

from __future__ import annotations

import subprocess

import psycopg

from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Running


def superuser(server: Running, database: str) -> psycopg.Connection:
    return psycopg.connect(server.conninfo(SUPERUSER, database), autocommit=True)


def pg_dump(server: Running, database: str) -> str:
    """The text of the schema; a fixed key, for a random one would make any two differ."""
    with psycopg.connect(server.conninfo(SUPERUSER, database)) as connection:
        major = connection.info.server_version // 10000
    found = binaries.for_major(major) or binaries.embedded()
    command = [found.bin_dir / "pg_dump", "--schema-only", "--restrict-key=fixed", server.conninfo(SUPERUSER, database)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
