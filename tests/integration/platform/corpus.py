"""Applies a folder of migrations to a database of ours, file by file, and counts what fails.

Also a program: `python tests/integration/platform/corpus.py MAJOR FOLDER...` starts a shadow for each folder.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import postgast
import psycopg

from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Cluster
from haulback.pg.platform.extension_names import requests_in
from haulback.pg.platform.extensions import CONTROL_PATH_VERSION, ensure, prepare


@dataclass(frozen=True)
class Outcome:
    file: str
    error: str | None


def apply(connection: psycopg.Connection, files: list[Path]) -> Iterator[Outcome]:
    """Applies each file as `postgres`, in a transaction of its own.

    `connection` is in autocommit, and its login is the bootstrap superuser.
    """
    for file in files:
        connection.execute("RESET SESSION AUTHORIZATION")
        connection.execute("RESET ALL")
        connection.execute("SET SESSION AUTHORIZATION postgres")
        text = file.read_text(encoding="utf-8-sig")
        try:
            with connection.transaction():
                run(connection, text)
        except psycopg.Error as error:
            connection.rollback()
            yield Outcome(file.name, str(error).splitlines()[0])
        else:
            yield Outcome(file.name, None)


def run(connection: psycopg.Connection, text: str) -> None:
    if connection.info.server_version >= CONTROL_PATH_VERSION:
        ensure(connection, requests_in(text))
        connection.execute(text.encode())
        return
    for statement in postgast.split(text):
        connection.execute(prepare(connection, statement).text.encode())


def main() -> None:
    found = binaries.for_major(int(sys.argv[1]))
    assert found is not None
    for folder in map(Path, sys.argv[2:]):
        with tempfile.TemporaryDirectory() as home:
            cluster = Cluster(Path(home), "corpus", found, durable=False, listen=False)
            try:
                running = cluster.start()
                with psycopg.connect(
                    running.conninfo(SUPERUSER), autocommit=True, prepare_threshold=None
                ) as connection:
                    outcomes = list(apply(connection, sorted(folder.glob("*.sql"))))
            finally:
                cluster.destroy()
        failed = [o for o in outcomes if o.error]
        print(f"{folder}: {len(outcomes) - len(failed)} of {len(outcomes)} apply on {found.major}")  # noqa: T201
        for outcome in failed:
            print(f"  {outcome.file}: {outcome.error}")  # noqa: T201


if __name__ == "__main__":
    main()
